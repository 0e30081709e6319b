"""What a mail says, once, and its two forms: plain text, and HTML that mail programs show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from html import escape
from typing import Any


@dataclass(frozen=True)
class Letter:
    """A short mail with at most one thing to press. Texts are plain; `organization` is who it comes from."""

    subject: str
    organization: str
    paragraphs: tuple[str, ...]
    button: str
    link: str
    after: tuple[str, ...] = ()
    """Paragraphs below the button."""
    why: str = ""
    """Why the reader gets it, in small print."""

    def to_json(self) -> dict[str, Any]:
        """The letter as plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Letter:
        """The letter that `to_json` wrote."""
        whole: dict[str, Any] = {**stored, "paragraphs": tuple(stored["paragraphs"]), "after": tuple(stored["after"])}
        return cls(**whole)

    def text(self) -> str:
        """The letter as plain text, lines ending in LF."""
        small = (f"--\n{self.why}",) if self.why else ()
        return "\n\n".join((*self.paragraphs, f"{self.button}:\n{self.link}", *self.after, *small)) + "\n"

    def html(self) -> str:
        """The letter as HTML: styles inline, no pictures, nothing fetched; dark where the program asks for it."""
        return _PAGE.format(
            subject=escape(self.subject),
            organization=escape(self.organization),
            before="".join(map(_paragraph, self.paragraphs)),
            link=escape(self.link),
            button=escape(self.button),
            after="".join(map(_paragraph, self.after)),
            why=escape(self.why),
        )


def _paragraph(text: str) -> str:
    return f'<p class="ink" style="margin:0 0 16px;color:#1b1f24;overflow-wrap:anywhere">{escape(text)}</p>'


_FONT = "font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"

# Tables and inline styles, because Outlook knows little else; the classes are for programs that have a dark mode.
_PAGE = (
    """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{subject}</title>
<style>
:root {{ color-scheme: light dark; }}
@media (prefers-color-scheme: dark) {{
  .ground {{ background: #16191d !important; }}
  .sheet {{ background: #22272e !important; border-color: #373e47 !important; }}
  .ink {{ color: #e6e9ed !important; }}
  .pale {{ color: #a5afba !important; }}
  .press {{ background: #7db2ff !important; }}
  .press a {{ color: #0d1a2b !important; }}
}}
</style>
</head>
<body class="ground" style="margin:0;padding:0;background:#f3f5f7">
<table role="presentation" class="ground" width="100%" cellpadding="0" cellspacing="0" border="0" """
    """style="background:#f3f5f7">
<tr><td align="center" style="padding:24px 12px">
<table role="presentation" class="sheet" width="100%" cellpadding="0" cellspacing="0" border="0" """
    """style="max-width:560px;background:#ffffff;border:1px solid #dfe3e8;border-radius:12px">
<tr><td style="padding:28px 24px;font-size:16px;line-height:1.5;""" + _FONT + """">
<p class="pale" style="margin:0 0 20px;font-size:14px;color:#57606a;overflow-wrap:anywhere">{organization}</p>
{before}
<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 24px">
<tr><td class="press" style="background:#0b57d0;border-radius:8px">
<a href="{link}" style="display:inline-block;padding:12px 22px;font-size:16px;font-weight:600;color:#ffffff;"""
    """text-decoration:none">{button}</a>
</td></tr>
</table>
{after}
<p class="pale" style="margin:0 0 4px;font-size:13px;color:#57606a">If the button does not work, open this address:</p>
<p class="pale" style="margin:0;font-size:13px;color:#57606a;overflow-wrap:anywhere;word-break:break-word">{link}</p>
</td></tr>
</table>
<p class="pale" style="max-width:512px;margin:16px auto 0;padding:0 12px;font-size:12px;line-height:1.5;"""
    """color:#57606a;"""
    + _FONT
    + """">{why}</p>
</td></tr>
</table>
</body>
</html>
"""
)
