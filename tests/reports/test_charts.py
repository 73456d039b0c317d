"""Bars begin at zero and say what they show."""

import pytest

from app.reports.charts import bar_chart


def test_the_longest_bar_is_the_largest_value_and_none_begins_elsewhere_than_at_zero():
    chart = bar_chart("Three courses are late.", [("A", 10, ""), ("B", 5, "late"), ("C", 0, "")], "attempts")
    assert [bar.width for bar in chart.bars] == [100.0, 50.0, 0.0]
    assert chart.in_words == "A: 10 attempts. B: 5 attempts, late. C: 0 attempts"


def test_a_whole_bar_can_be_said():
    assert [bar.width for bar in bar_chart("Half", [("A", 50, "")], "%", full=100).bars] == [50.0]


def test_a_value_below_zero_has_no_bar():
    with pytest.raises(ValueError, match="zero"):
        bar_chart("Loss", [("A", -1, "")], "€")


def test_long_labels_are_cut_on_the_picture_and_whole_in_the_table():
    (bar,) = bar_chart("Long", [("x" * 60, 1.25, "")], "%").bars
    assert (len(bar.label), len(bar.full_label), bar.shown) == (32, 60, "1.2 %")


def test_nothing_to_show_is_no_error():
    assert bar_chart("Nothing", [], "%").bars == ()
    assert [bar.width for bar in bar_chart("Zeros", [("A", 0, "")], "%").bars] == [0.0]
