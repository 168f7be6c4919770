"""docs/codecs.md prints what is true: each cell of its matrix is a case that
runs here."""

import cases
import matrix
import pytest
from conftest import needs_module
from cross import (ALL_DOORS, ALL_WIRES, DOORS, WIRES, base,  # noqa: F401
                   dead, ngx, vs)

pytestmark = needs_module

RESULTS = {}


@pytest.mark.parametrize('wire', ALL_WIRES)
@pytest.mark.parametrize('me', ALL_DOORS)
def test_cells(ngx, vs, me, wire):
    RESULTS[me, wire] = cases.run(ngx, vs, me, wire)
    wrong = ['%s: %s' % (n, w) for n, _, _, w in RESULTS[me, wire] if w]
    assert not wrong, wrong


def test_table():
    if set(RESULTS) != {(d, w) for d in DOORS for w in WIRES}:
        pytest.skip('not all cells ran')
    got, holes = matrix.table(RESULTS, DOORS, WIRES)
    assert not holes, holes
    assert matrix.documented() == got, \
        'docs/codecs.md is stale: scripts/matrix --write'
