"""Layouts that this process has read already: a version of a template never says anything else."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import bindparam, select

from app.cards.layout import Layout
from app.cards.tables import templates
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader

KEPT = 1_000
"""Layouts in memory; when there are more, all are read anew as they are needed."""

_layouts: dict[tuple[str, int], Layout] = {}

_BY_ID = select(templates.c.id, templates.c.version, templates.c.layout).where(
    templates.c.organization_id == ORGANIZATION, templates.c.id.in_(bindparam("wanted", expanding=True))
)


def of(reader: Reader, versions: Collection[tuple[str, int]]) -> dict[str, Layout]:
    """The layouts of these templates, by template id; `versions` are (template id, version) just read.

    No statement for those that are known; one for all others, in the version that they have by then.
    """
    found = {one: _layouts.get(one) for one in versions}
    missing = [template_id for (template_id, _), layout in found.items() if layout is None]
    result = {template_id: layout for (template_id, _), layout in found.items() if layout is not None}
    for row in reader.execute(_BY_ID, {"wanted": missing}) if missing else ():
        if len(_layouts) >= KEPT:
            _layouts.clear()
        result[row.id] = _layouts[row.id, row.version] = Layout.from_json(row.layout)
    return result
