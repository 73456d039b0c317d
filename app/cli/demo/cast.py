"""The invented vendor's staff, its partners and their people. All names are made up; .example addresses reach nobody."""

from dataclasses import dataclass

from app.access.policy import Role

PASSWORD = "harbour lantern quiet maple"  # noqa: S105 - printed on the demo page; demo accounts exist only in demo mode


@dataclass(frozen=True)
class Player:
    """One invented person. `knows` says in a few words what to try as them."""

    name: str
    email: str
    roles: tuple[Role, ...]
    job_title: str
    knows: str = ""


def _staff(name: str, job_title: str, *roles: Role, knows: str = "") -> Player:
    return Player(name, f"{name.split()[0].lower()}@aldermoor.example", roles, job_title, knows)


STAFF: dict[str, Player] = {
    "analyst": _staff(
        "Sam Okafor", "Compliance analyst", Role.COMPLIANCE_ANALYST, knows="records infractions, opens cases, proposes"
    ),
    "second_analyst": _staff(
        "Jonas Weber",
        "Compliance analyst",
        Role.COMPLIANCE_ANALYST,
        knows="substantiates what Sam records, reviews evidence",
    ),
    "approver": _staff(
        "Priya Raman",
        "Head of partner compliance",
        Role.COMPLIANCE_APPROVER,
        Role.FINANCE_APPROVER,
        knows="approves notices, plans, holds and determinations; stands in for finance, but never on her own cases",
    ),
    "representative": _staff(
        "Ines Carvalho",
        "Account representative",
        Role.ACCOUNT_REPRESENTATIVE,
        knows="assigns courses and grants materials to her own partners",
    ),
    "other_representative": _staff(
        "Tomas Lindqvist", "Account representative", Role.ACCOUNT_REPRESENTATIVE, knows="looks after the other partners"
    ),
    "finance_analyst": _staff(
        "Hana Mori",
        "Finance analyst",
        Role.FINANCE_ANALYST,
        knows="imports earnings, proposes and exports release orders",
    ),
    "finance_approver": _staff(
        "Luis Herrera", "Finance controller", Role.FINANCE_APPROVER, knows="approves release orders"
    ),
    "author": _staff("Avery Quinn", "Learning author", Role.CONTENT_AUTHOR, knows="proposes course versions"),
    "publisher": _staff(
        "Mei Tanaka", "Learning lead", Role.CONTENT_APPROVER, knows="publishes course versions and materials"
    ),
    "appeals": _staff(
        "Nadia Rahimi", "Appeals reviewer", Role.APPEALS_REVIEWER, knows="took part in no decision so far"
    ),
    "auditor": _staff("Oskar Nyberg", "Internal auditor", Role.AUDITOR, knows="reads everything, changes nothing"),
    "administrator": _staff(
        "Ruth Adeyemi", "Administrator", Role.ADMINISTRATOR, knows="people and settings, no business decision"
    ),
}


@dataclass(frozen=True)
class Company:
    """One invented partner with its people; `state` is where its story stands in the demo."""

    number: str
    legal_name: str
    country: str
    time_zone: str
    currency: str
    representative: str
    state: str
    contact: Player
    executive: Player
    finance: Player
    learners: tuple[Player, ...]
    location: tuple[str, str]


def _people(
    domain: str, contact: str, executive: str, finance: str, *learners: str
) -> tuple[Player, Player, Player, tuple[Player, ...]]:
    def address(name: str) -> str:
        return f"{name.split()[0].lower()}@{domain}.example"

    return (
        Player(contact, address(contact), (Role.COMPLIANCE_CONTACT,), "Compliance officer", "runs the company's case"),
        Player(
            executive, address(executive), (Role.EXECUTIVE,), "Managing director", "signs the completion attestation"
        ),
        Player(
            finance,
            address(finance),
            (Role.FINANCE_VIEWER,),
            "Head of finance",
            "sees what is held, releasable and paid",
        ),
        tuple(Player(name, address(name), (Role.LEARNER,), "Sales", "takes courses") for name in learners),
    )


def _company(
    number: str,
    legal_name: str,
    country: str,
    zone: str,
    currency: str,
    representative: str,
    state: str,
    location: tuple[str, str],
    people: tuple[Player, Player, Player, tuple[Player, ...]],
) -> Company:
    return Company(number, legal_name, country, zone, currency, representative, state, *people, location)


CLEAN = _company(
    "P-1001",
    "Blue Fjord Cloud AS",
    "NO",
    "Europe/Oslo",
    "EUR",
    "representative",
    "In good standing",
    ("OSL", "Oslo"),
    _people("bluefjord", "Sigrid Aas", "Henrik Dahl", "Kari Lund", "Nils Berg"),
)
TRAINING_ONLY = _company(
    "P-1002",
    "Casa Verde Sistemas S.L.",
    "ES",
    "Europe/Madrid",
    "EUR",
    "representative",
    "Required training after a single infraction",
    ("MAD", "Madrid"),
    _people("casaverde", "Lucía Navarro", "Andrés Molina", "Pilar Soto", "Diego Ramos", "Marta Gil"),
)
IN_REMEDIATION = _company(
    "P-1003",
    "Kestrel Data GmbH",
    "DE",
    "Europe/Berlin",
    "EUR",
    "representative",
    "In the middle of its remediation",
    ("BER", "Berlin"),
    _people("kestrel", "Anke Vogel", "Ralf Brandt", "Uta Kern", "Grace Hoffmann", "Ben Schuster", "Leyla Aydın"),
)
AWAITING = _company(
    "P-1004",
    "Sakura Digital KK",
    "JP",
    "Asia/Tokyo",
    "JPY",
    "other_representative",
    "All steps done, awaiting its determination",
    ("TYO", "東京"),
    _people("sakura", "Yuki Sato", "Kenji Watanabe", "Aiko Ito", "Haruto Kimura", "Rin Nakamura"),
)
RELEASABLE = _company(
    "P-1005",
    "Gulf Horizon Technologies WLL",
    "KW",
    "Asia/Kuwait",
    "KWD",
    "other_representative",
    "Completed: withheld payments can be released",
    ("KWI", "Kuwait City"),
    _people("gulfhorizon", "Fatima Al-Rashid", "Khalid Al-Mutairi", "Noura Haddad", "Omar Aziz", "Layla Mansour"),
)
REFERRED = _company(
    "P-1006",
    "Old Quay Trading Ltd",
    "GB",
    "Europe/London",
    "EUR",
    "other_representative",
    "Referred after it stopped taking part",
    ("BRS", "Bristol"),
    _people("oldquay", "Martin Pike", "Gerald Stone", "Helen Frost", "Colin Marsh"),
)

COMPANIES: tuple[Company, ...] = (CLEAN, TRAINING_ONLY, IN_REMEDIATION, AWAITING, RELEASABLE, REFERRED)

PROGRAMS = (("CLOUD", "Cloud Growth Incentives"), ("DEVICE", "Device Accelerator"))
