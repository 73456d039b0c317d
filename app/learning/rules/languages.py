"""What is said to a learner who reads something in another language than the chosen one. Sentences are in English, as the portal is."""

from app.kernel.languages import english_name


def untranslated(what: str, chosen: str, shown: str) -> str | None:
    """Why `what` ("This lesson") is not in the chosen language; None where it is."""
    if shown == chosen:
        return None
    return f"{what} is not translated into {english_name(chosen)} yet. You read it in {english_name(shown)}."


def of_paper(paper: str, chosen: str, next_paper: str) -> str | None:
    """Why an attempt asks in the language of its `paper`; `next_paper` is that of the next one. None where nothing differs."""
    if paper == chosen:
        return None
    if paper == next_paper:
        return untranslated("This quiz", chosen, paper)
    return (
        f"This attempt was begun in {english_name(paper)} and stays in it. "
        f"Another attempt would be in {english_name(next_paper)}."
    )
