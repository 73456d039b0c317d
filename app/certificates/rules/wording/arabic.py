"""The words of a certificate in Arabic.

Numbers are written 0 to 9 and dates by the Gregorian calendar, as the numbers and dates beside them on any page of the
portal. Counts stand after a colon or before «من أصل», where nothing has to agree with them in number or gender.
"""

from datetime import date

from app.certificates.rules.facts import CertificateKind, Outcome, StepStatus, TrainingCoverage
from app.certificates.rules.wording.shape import Wording

_MONTHS = (
    "يناير",
    "فبراير",
    "مارس",
    "أبريل",
    "مايو",
    "يونيو",
    "يوليو",
    "أغسطس",
    "سبتمبر",
    "أكتوبر",
    "نوفمبر",
    "ديسمبر",
)


def _long_date(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _coverage(counted: TrainingCoverage) -> str:
    words = f"عدد من أتمّوا التدريب: {counted.trained} من أصل {counted.covered}"
    if counted.trained_by:
        words += f" حتى {_long_date(counted.trained_by)}"
    aside = [f"{why}: {count}" for count, why in ((counted.waived, "المُعفَون"), (counted.on_leave, "في إجازة")) if count]
    return f"{words}؛ خارج الاحتساب، {'، '.join(aside)}." if aside else f"{words}."


ARABIC = Wording(
    titles={
        CertificateKind.PROGRAM_COMPLETION: "شهادة إتمام البرنامج",
        CertificateKind.COURSE_COMPLETION: "شهادة اجتياز الدورة",
    },
    awarded={
        CertificateKind.PROGRAM_COMPLETION: "تُمنح هذه الشهادة إلى",
        CertificateKind.COURSE_COMPLETION: "تُمنح هذه الشهادة إلى",
    },
    for_what={
        CertificateKind.PROGRAM_COMPLETION: "لإتمام برنامج معالجة الامتثال في",
        CertificateKind.COURSE_COMPLETION: "لاجتياز دورة",
    },
    labels={
        "vendor": "الجهة المُصدِرة",
        "title": "الشهادة",
        "holder": "ممنوحة إلى",
        "program": "البرنامج",
        "programs": "البرامج",
        "partner": "الشريك",
        "partner_number": "رقم الشريك",
        "case": "رقم الملف",
        "outcome": "القرار",
        "determination": "مرجع القرار",
        "determined_on": "تاريخ القرار",
        "conditions": "الشروط",
        "proposed_by": "مقدِّم الاقتراح",
        "approved_by": "صاحب الاعتماد",
        "coverage": "شمول التدريب",
        "step": "الخطوة {number}",
        "manifest_digest": "سجلّ الأدلة (SHA-256)",
        "course": "الدورة",
        "course_version": "إصدار الدورة",
        "language": "اللغة",
        "score": "النتيجة",
        "passed_on": "تاريخ الاجتياز",
        "content_digest": "محتوى الدورة (SHA-256)",
        "issued_on": "تاريخ الإصدار",
        "expires_on": "صالحة حتى",
        "replaces": "تحل محل الشهادة",
        "signatory": "عن الجهة المُصدِرة",
        "signatory_title": "المنصب",
        "number": "رقم الشهادة",
        "verify_url": "للتحقّق من الشهادة",
    },
    outcomes={
        Outcome.COMPLETED: "أُتمّ البرنامج",
        Outcome.COMPLETED_WITH_CONDITIONS: "أُتمّ البرنامج بشروط",
    },
    steps={
        StepStatus.ACCEPTED: "{title} ({day})",
        StepStatus.WAIVED: "{title} ({day})، مع الإعفاء",
        StepStatus.NOT_APPLICABLE: "{title} ({day})، لا تنطبق",
    },
    officer="{name}، {title}",
    separator="، ",
    last_separator="، ",
    score="{score} (المطلوب {needed})",
    percent="{number}%",
    no_end_date="بلا تاريخ انتهاء",
    no_training="لم تتضمّن الخطة أي تدريب.",
    proposer="محلل امتثال",
    approver="معتمِد امتثال",
    logo="الشعار",
    seal="الختم",
    signature="توقيع {name}",
    enclosure="مضمون هذه الشهادة في صورة بيانات",
    credential="هذه الشهادة في صورة اعتماد رقمي موقَّع وفق Open Badges 3.0",
    long_date=_long_date,
    coverage=_coverage,
)
