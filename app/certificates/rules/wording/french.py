"""The words of a certificate in French. A no-break space (U+00A0) stands before the signs that French sets apart."""

from datetime import date

from app.certificates.rules.facts import CertificateKind, Outcome, StepStatus, TrainingCoverage
from app.certificates.rules.wording.shape import Wording

_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def _long_date(day: date) -> str:
    """`1er mars 2026`, `2 mars 2026`."""
    return f"{'1er' if day.day == 1 else day.day} {_MONTHS[day.month - 1]} {day.year}"


def _coverage(counted: TrainingCoverage) -> str:
    # In French nought and one are singular.
    trained = "personne formée" if counted.trained < 2 else "personnes formées"
    covered = "concernée" if counted.covered < 2 else "concernées"
    words = f"{counted.trained} {trained} sur {counted.covered} {covered}"
    if counted.trained_by:
        words += f" au {_long_date(counted.trained_by)}"
    aside = []
    if counted.waived:
        aside.append(f"{counted.waived} dispensée{'s' if counted.waived > 1 else ''}")
    if counted.on_leave:
        aside.append(f"{counted.on_leave} en congé")
    return f"{words}\u00a0; hors décompte\u00a0: {', '.join(aside)}." if aside else f"{words}."


FRENCH = Wording(
    titles={
        CertificateKind.PROGRAM_COMPLETION: "Certificat d’achèvement du programme",
        CertificateKind.COURSE_COMPLETION: "Certificat de réussite",
    },
    awarded={
        CertificateKind.PROGRAM_COMPLETION: "Le présent certificat atteste que",
        CertificateKind.COURSE_COMPLETION: "Le présent certificat atteste que",
    },
    for_what={
        CertificateKind.PROGRAM_COMPLETION: "a mené à son terme le programme de remise en conformité pour",
        CertificateKind.COURSE_COMPLETION: "a réussi la formation",
    },
    labels={
        "vendor": "Délivré par",
        "title": "Certificat",
        "holder": "Décerné à",
        "program": "Programme",
        "programs": "Programmes",
        "partner": "Partenaire",
        "partner_number": "Numéro de partenaire",
        "case": "Dossier",
        "outcome": "Décision",
        "determination": "Référence de la décision",
        "determined_on": "Décision prise le",
        "conditions": "Conditions",
        "proposed_by": "Proposée par",
        "approved_by": "Approuvée par",
        "coverage": "Couverture",
        "step": "Étape {number}",
        "manifest_digest": "Registre des preuves (SHA-256)",
        "course": "Formation",
        "course_version": "Version de la formation",
        "language": "Langue",
        "score": "Résultat",
        "passed_on": "Réussie le",
        "content_digest": "Contenu de la formation (SHA-256)",
        "issued_on": "Délivré le",
        "expires_on": "Valable jusqu’au",
        "replaces": "Remplace le certificat",
        "signatory": "Pour l’émetteur",
        "signatory_title": "Fonction",
        "number": "Numéro du certificat",
        "verify_url": "À vérifier sur",
    },
    outcomes={
        Outcome.COMPLETED: "Programme achevé",
        Outcome.COMPLETED_WITH_CONDITIONS: "Programme achevé sous conditions",
    },
    steps={
        StepStatus.ACCEPTED: "{title} ({day})",
        StepStatus.WAIVED: "{title} ({day}), dispensée",
        StepStatus.NOT_APPLICABLE: "{title} ({day}), sans objet",
    },
    officer="{name}, {title}",
    separator=", ",
    last_separator=" et ",
    score="{score} ({needed} requis)",
    percent="{number}\u00a0%",
    no_end_date="Sans date de fin",
    no_training="Le plan ne comportait aucune formation.",
    proposer="Analyste conformité",
    approver="Responsable de l’approbation",
    logo="Logo",
    seal="Sceau",
    signature="Signature de {name}",
    enclosure="Ce que dit ce certificat, sous forme de données",
    credential="Ce certificat sous forme de justificatif Open Badges 3.0 signé",
    long_date=_long_date,
    coverage=_coverage,
)
