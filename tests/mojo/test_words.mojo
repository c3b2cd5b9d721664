"""The indices of words by name, of fixed words, of words behind shapes and of the cells of a table."""

from std.testing import TestSuite, assert_equal

from mojo_kernels.runtime.types import Words
from mojo_kernels.runtime.words import Cells, Names, count_cells, count_words, first_shape, letter_at

comptime PLAIN: StaticString = "y:w x:r xs:rr rows row columns strides:... alpha:n batch:2"
comptime SHAPES: StaticString = "y:w outputs:1 reduced:2 last"
comptime TABLE: StaticString = "table:t count lr:f [param:u grad:r m:u t:U numel]"


def test_names_that_begin_alike_are_told_apart() raises:
    comptime AT = Names[PLAIN]()
    assert_equal(AT.y, 0)
    assert_equal(AT.x, 1)
    assert_equal(AT.xs, 2)
    assert_equal(AT.rows, 4)
    assert_equal(AT.row, 5)
    assert_equal(AT.columns, 6)
    assert_equal(AT.strides, 7)
    assert_equal(AT.alpha, 10)
    assert_equal(AT.batch, 11)
    assert_equal(first_shape(PLAIN), 11)


def test_words_behind_shapes_are_found_in_a_call() raises:
    comptime AT = Names[SHAPES]()
    # y; two dimensions with strides of one operand; one dimension with strides of two; last; the context
    var words: List[Int64] = [0, 2, 7, 7, 7, 7, 1, 7, 7, 7, 99, 0]
    var args = Words(unsafe_from_address=Int(words.unsafe_ptr()))
    assert_equal(AT.outputs, 1)
    assert_equal(AT.behind["reduced"](args), 6)
    assert_equal(AT.behind["last"](args), 10)
    assert_equal(count_words[SHAPES](args), 11)
    assert_equal(first_shape(TABLE), -1)
    _ = words^


def test_cells_have_names_of_their_own() raises:
    comptime AT = Names[TABLE]()
    comptime CELL = Cells[TABLE]()
    assert_equal(AT.lr, 2)
    assert_equal(CELL.param, 0)
    assert_equal(CELL.grad, 1)
    assert_equal(CELL.numel, 4)
    assert_equal(count_cells(TABLE, "u"), 2)
    assert_equal(count_cells(TABLE, "U"), 1)
    assert_equal(letter_at(TABLE, 1), ord("."))
    assert_equal(letter_at(TABLE, 2), ord("f"))
    assert_equal(letter_at(TABLE, 3), 0)


def main() raises:
    TestSuite.discover_tests[__functions_in_module()]().run()
