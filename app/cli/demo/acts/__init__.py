"""The acts of the story, each done by the people who do it in life, through the same services as the pages."""

from app.cli.demo.acts.case import CaseActs
from app.cli.demo.acts.completion import CompletionActs
from app.cli.demo.acts.learning import LearningActs
from app.cli.demo.acts.money import MoneyActs


class Acts(CaseActs, LearningActs, CompletionActs, MoneyActs):
    """The story of one company. Each act assumes those before it."""
