"""The tables that visitors bring: what is read of them, and which sentence refuses a broken one."""

import numpy as np
import pytest
from mocrograd.playground.data import table
from mocrograd.train.server import Refused


def rows(count, row):
    return "\n".join(row(i) for i in range(count))


GOOD = "width,height,kind\n" + rows(40, lambda i: f"{i},{i * i},{'large' if i > 20 else 'small'}") + "\n"


def test_a_table_becomes_scaled_features_and_classes():
    data = table(GOOD)
    assert (data.name, data.features, data.classes) == ("CSV file", 2, ["large", "small"])
    assert (len(data.train[0]), len(data.validation[0])) == (32, 8)
    np.testing.assert_allclose(data.train[0].numpy().mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(data.train[0].numpy().std(0), 1, atol=1e-5)


@pytest.mark.parametrize(
    "text",
    [GOOD.replace("\n", "\r\n"), "\ufeff" + GOOD, GOOD.replace("large", "7").replace("small", "-3"), GOOD + "\n\n",
     GOOD.replace("width,", '"width",'), GOOD.replace("small", "kleiné <b>")],
    ids=["crlf", "mark", "numbers", "blank lines", "quoted", "other letters"],
)  # fmt: skip
def test_forms_that_are_read(text):
    data = table(text)
    assert len(data.train[0]) + len(data.validation[0]) == 40
    assert len(data.classes) == 2


def test_a_column_that_is_constant_stays_finite():
    data = table("a,b,c\n" + rows(20, lambda i: f"3,{i},{i % 2}"))
    assert np.isfinite(data.train[0].numpy()).all()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the CSV file is empty"),
        (" \n\n", "the CSV file is empty"),
        ("a,b,c\n", "the CSV file has 0 rows and 2 columns of features"),
        ("a,b,c", "the CSV file has 0 rows and 2 columns of features"),
        ("a\n1\n2\n", "the CSV file has one column: it needs features, and the class in the last column"),
        ("a,b,c\n1,2\n", "the CSV file: row 2 has 2 values, but there are 3 columns"),
        ("a,b,c\n1,2,3,4\n", "the CSV file: row 2 has 4 values, but there are 3 columns"),
        ("a,b,c\n1,two,x\n", "the CSV file: row 2, column 'b': expected a finite number, got 'two'"),
        ("a,b,c\n1,,x\n", "the CSV file: row 2, column 'b': expected a finite number, got a missing value"),
        ("a,b,c\n1,nan,x\n", "the CSV file: row 2, column 'b': expected a finite number, got 'nan'"),
        ("a,b,c\n1,1e999,x\n", "the CSV file: row 2, column 'b': expected a finite number, got '1e999'"),
        ("a,b,c\n1,2,\n", "the CSV file: row 2, column 'c': expected a target, got a missing value"),
        ("a,a,c\n1,2,3\n", "the CSV file has two columns 'a'"),
        ("1,2,3\n4,5,6\n", "the first line of the CSV file must name the columns, but it has numbers"),
        ('a,b,c\n1,2,"x\n', "the CSV file is no CSV file: line 2: unexpected end of data"),
        ("a,b,c\n" + rows(20, lambda i: f"{i},1,same"), "the last column, 'c', has one class alone: there is nothing to tell apart"),
        ("a,b,c\n" + rows(20, lambda i: f"{i},1,{i / 3}"), "the last column, 'c', must have classes: text or whole numbers, not fractions"),
        ("a,b,c\n" + rows(30, lambda i: f"{i},1,{i}"), "the last column, 'c', has 30 classes, more than 20"),
        ("a,b,c\n" + rows(9, lambda i: f"{i},1,{i % 2}"), "the CSV file has 9 rows; at least 10 are needed"),
        ("a,b,c\n" + rows(10_001, lambda i: f"{i},1,{i % 2}"), "the CSV file has 10,001 rows, more than 10,000"),
        (",".join(f"c{i}" for i in range(65)) + "\n", "the CSV file has 65 columns, more than 64"),
        ("a,b,c\n" + "1,2,x\n" * 200_000, "the CSV file has 1,200,006 characters, more than 1,048,576"),
        ("a,b,c\n" + rows(20, lambda i: f"{'-' if i % 3 else ''}3e38,1,{i % 2}"), "the numbers of a column are too large to be scaled"),
        ("\x89PNG\r\n\x1a\n\x00\x00,\x00", None),
        ("a;b;c\n1;2;3\n", "the CSV file has one column: it needs features, and the class in the last column"),
    ],
)  # fmt: skip
def test_a_broken_table_is_refused_with_a_sentence(text, sentence):
    with pytest.raises(Refused) as refused:
        table(text)
    assert sentence is None or str(refused.value) == sentence
    assert refused.value.status == 400


def test_a_table_of_two_columns_shows_a_plane_of_all_its_classes(tab):
    text = "x,y,kind\n" + rows(90, lambda i: f"{np.cos(i) + i % 3 * 4},{np.sin(i)},class {i % 3}")
    assert tab.reset(data="csv", csv=text) == (200, {})
    first = tab.until(lambda message: "facts" in message)
    assert first["shape"].startswith("2 → 8 → 3")
    assert len({part[:7] for part in first["parts"]["plane"].split('fill="')[1:]}) == 3
    tab.ask("run", running=True)
    tab.until(lambda message: message["facts"]["accuracy"] == "100.0%")
    assert tab.ask("draw", strokes=[])[1] == {"error": "a drawing can be read where the data are the digits"}


def test_names_of_classes_are_text_on_the_page(tab):
    text = "x,y,z,kind\n" + rows(40, lambda i: f"{i},1,2,{'<script>alert(1)</script>' if i % 2 else 'b'}")
    assert tab.reset(data="csv", csv=text) == (200, {})
    shown = tab.until(lambda message: "facts" in message)["parts"]["confusion"]
    assert "&lt;script&gt;alert(1)" in shown
    assert "<script" not in shown
