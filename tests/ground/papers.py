"""A PDF that is whole: one empty page, the same bytes every time."""

from functools import cache
from io import BytesIO

from pypdf import PdfWriter


@cache
def one_page() -> bytes:
    writer, target = PdfWriter(), BytesIO()
    writer.add_blank_page(width=595, height=842)
    writer.write(target)
    return target.getvalue()
