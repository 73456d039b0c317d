"""The words that the format itself puts on a page, in each language that it speaks."""

ALERTS = ("note", "tip", "important", "warning", "caution")

_WORDS = {
    "en": {
        "note": "Note",
        "tip": "Tip",
        "important": "Important",
        "warning": "Warning",
        "caution": "Caution",
        "transcript": "Transcript",
        "table": "Table",
        "done": "done",
        "not_done": "not done",
        "back": "Back to the text",
    },
    "fr": {
        "note": "Remarque",
        "tip": "Conseil",
        "important": "Important",
        "warning": "Attention",
        "caution": "Prudence",
        "transcript": "Transcription",
        "table": "Tableau",
        "done": "fait",
        "not_done": "à faire",
        "back": "Retour au texte",
    },
    "de": {
        "note": "Hinweis",
        "tip": "Tipp",
        "important": "Wichtig",
        "warning": "Warnung",
        "caution": "Vorsicht",
        "transcript": "Abschrift",
        "table": "Tabelle",
        "done": "erledigt",
        "not_done": "offen",
        "back": "Zurück zum Text",
    },
    "es": {
        "note": "Nota",
        "tip": "Consejo",
        "important": "Importante",
        "warning": "Advertencia",
        "caution": "Precaución",
        "transcript": "Transcripción",
        "table": "Tabla",
        "done": "hecho",
        "not_done": "pendiente",
        "back": "Volver al texto",
    },
    "ar": {
        "note": "ملاحظة",
        "tip": "نصيحة",
        "important": "مهم",
        "warning": "تحذير",
        "caution": "تنبيه",
        "transcript": "النص المكتوب",
        "table": "جدول",
        "done": "تم",
        "not_done": "لم يتم",
        "back": "العودة إلى النص",
    },
}


def wording(lang: str) -> dict[str, str]:
    """The words by key; of a language that the format does not speak, the English ones."""
    return _WORDS.get(lang.split("-")[0], _WORDS["en"])
