"""Words that the portal writes itself: the notice's draft, the plan's template, the statement that an executive signs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.remediation.rules.policy import Policy
from app.remediation.rules.step_kinds import StepKind


@dataclass(frozen=True)
class NoticeDraft:
    explanation: str
    obligations: str
    consequences: str
    appeal: str


def notice_draft(
    *, partner_name: str, program_name: str, vendor_name: str, policy: Policy, count: int, support_email: str
) -> NoticeDraft:
    """A notice to begin from; the analyst edits it before it is proposed."""
    times = f"{count} times" if count != 1 else "once"
    return NoticeDraft(
        explanation=(
            f"{vendor_name} has looked into what is listed below and found that {partner_name} broke the rules of its "
            f"partner programs {times} within {policy.infraction_window_months} months. Two people of our compliance team "
            f"judged each of them independently. Because this was repeated, {partner_name} takes part in a remediation "
            "program: a set of steps that puts right what happened and makes sure that it does not happen again."
        ),
        obligations=(
            f"Your compliance contact confirms here that this notice was read, within {policy.acknowledge_business_days} "
            "business days. After that you find one list of steps on this portal: training, documents to hand in, and a "
            "meeting with our compliance team. Each step says what to do and by when. The whole program takes at most "
            f"{policy.program_days} days. At its end, an executive of your company signs for what was done."
        ),
        consequences=(
            f"While the program runs, incentive payments of {program_name} may be withheld. Withheld is not lost: when we "
            "determine that the program is completed, they can be paid. You can go on selling, and you keep your access "
            "to this portal. If your company does not take part, the case may be referred for a decision about the "
            "partnership. A person decides that; nothing happens by itself."
        ),
        appeal=(
            f"If you think that this notice is wrong, write to {support_email} within {policy.appeal_days} days and say "
            "what is wrong and why. Somebody who took no part in this case decides on it within 30 days. An appeal does "
            "not stop the steps or the deadlines by itself."
        ),
    )


@dataclass(frozen=True)
class StepDraft:
    """A step as it stands in the plan's form."""

    kind: StepKind
    title: str
    what_to_do: str
    due_on: date
    courses: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()
    coverage_target: int | None = None


_COURSES_OF = {
    "improper_payment": ("anti-corruption",),
    "gifts_and_hospitality": ("anti-corruption",),
    "third_party": ("anti-corruption",),
    "false_claim": ("truthful-incentive-claims",),
    "marketing_funds": ("truthful-incentive-claims",),
    "deal_registration": ("truthful-incentive-claims",),
    "discount_not_passed_on": ("truthful-incentive-claims", "anti-corruption"),
}
_ALWAYS = ("partner-code-of-conduct",)


def plan_draft(
    categories: Collection[str],
    *,
    available_courses: Sequence[str],
    available_materials: Sequence[str],
    starts_on: date,
    policy: Policy,
) -> list[StepDraft]:
    """The template: what was broken chooses the courses. Only courses and materials that exist are named."""

    def due(days: int) -> date:
        return starts_on + timedelta(days=min(days, policy.program_days))

    wanted = [*_ALWAYS, *(slug for category in sorted(categories) for slug in _COURSES_OF.get(category, ()))]
    if len(set(wanted)) < 2:
        wanted += ["anti-corruption", "truthful-incentive-claims"]
    courses = tuple(slug for slug in dict.fromkeys(wanted) if slug in available_courses)
    steps = []
    if available_materials:
        steps.append(
            StepDraft(
                StepKind.READING,
                "Read what we expect of partners",
                "Everybody on your roster reads the materials below and confirms it with one click. It takes a few minutes.",
                due(30),
                materials=tuple(available_materials[:3]),
                coverage_target=10_000,
            )
        )
    steps.append(
        StepDraft(
            StepKind.ROOT_CAUSE_ANALYSIS,
            "Find out why it happened",
            "Describe in your own words what happened, why the checks that should have stopped it did not, and what you "
            "will change. Two pages are enough. Name roles, not people.",
            due(policy.plan_days),
        )
    )
    if courses:
        steps.append(
            StepDraft(
                StepKind.TRAINING,
                "Train everybody in scope",
                "Keep your roster complete. Everybody on it takes the courses below. This step completes by itself when "
                "the last of them has passed.",
                due(60),
                courses=courses,
                coverage_target=10_000,
            )
        )
    steps += [
        StepDraft(
            StepKind.CORRECTIVE_ACTION,
            "Put a corrected procedure in force",
            "Hand in the procedure that now prevents what happened: who checks what, before which claim or payment, and "
            "what is kept as proof. It must be in force, not a draft.",
            due(90),
        ),
        StepDraft(
            StepKind.ENGAGEMENT,
            "Meet our compliance team",
            "We invite you to a meeting of an hour about your analysis and your new procedure. Afterwards you confirm the minutes.",
            due(120),
        ),
        StepDraft(
            StepKind.ATTESTATION,
            "Your executive signs for the completion",
            "When all other steps are done, an executive of your company signs for exactly what was handed in.",
            due(150),
        ),
    ]
    return steps


def attestation_statement(
    *, name: str, partner_name: str, case_number: str, steps: int, digest: str, vendor_name: str
) -> str:
    """The exact words that are shown, signed and kept."""
    count = "one step" if steps == 1 else f"{steps} steps"
    return (
        f"I, {name}, sign for {partner_name}. I have read the list of evidence of remediation case {case_number}: {count}, "
        f"as listed above. After asking the people concerned, and to the best of my knowledge, what was handed in is "
        f"true and complete, the corrected procedures are in force, and the people listed have taken part. I know that "
        f"{vendor_name} relies on this when it determines whether the program is completed, and that a false statement "
        f"has consequences for the partnership. This signature is for the list with the SHA-256 digest {digest} and for no other."
    )
