"""The list of what is recognised, in order: the first recogniser with words for a scene wins."""

from collections.abc import Callable
from dataclasses import dataclass

from grader.learner.errors import compared, conditions, envelope, functions, pivot, python, sql, steps
from grader.learner.errors.scene import Scene, Words


@dataclass(frozen=True)
class Recogniser:
    """One beginner's error. `words(scene)` gives the card's words, or None when it is another error."""

    name: str
    words: Callable[[Scene], Words | None]


_ORDER: tuple[Callable[[Scene], Words | None], ...] = (
    python.stopped_by_you,
    envelope.envelope_twice,
    sql.sql_dots_for_query,
    sql.sql_curly_quotes,
    sql.sql_long_dash,
    sql.sql_blank_left,
    conditions.sql_missing_f,
    conditions.sql_doubled_quotes,
    conditions.sql_bare_date,
    conditions.sql_not_that_date,
    conditions.sql_text_plus_days,
    conditions.sql_gap_in_a_name,
    compared.sql_signs_side_by_side,
    compared.sql_sign_in_english,
    pivot.sql_pivot_word,
    pivot.sql_pivot_unfinished,
    pivot.sql_part_of_a_name,
    conditions.sql_ampersand,
    conditions.sql_swapped,
    conditions.sql_number_in_words,
    conditions.sql_name_of_another_query,
    conditions.sql_lone_word,
    sql.sql_no_from,
    steps.sql_empty_cell,
    steps.sql_step_column,
    sql.sql_unquoted_word,
    sql.sql_alias,
    sql.sql_ambiguous,
    sql.sql_group_by,
    sql.sql_aggregate_in_where,
    sql.sql_nested_aggregate,
    steps.sql_group_by_result,
    conditions.sql_arguments,
    conditions.sql_filter,
    sql.sql_text_and_number,
    conditions.sql_tool_or_column,
    sql.sql_unknown_function,
    sql.sql_missing_file,
    steps.sql_step_name,
    sql.sql_missing_table,
    sql.sql_not_a_table,
    sql.sql_gap,
    sql.sql_conversion,
    sql.sql_many_rows_for_one,
    sql.sql_unfinished,
    sql.sql_broken_file,
    sql.sql_unclosed_quote,
    sql.sql_empty_select,
    steps.sql_step_condition,
    conditions.sql_filter_in_select,
    conditions.sql_commas_in_a_condition,
    conditions.sql_half_condition,
    conditions.sql_joining,
    conditions.sql_odd_sign,
    conditions.sql_count,
    conditions.sql_case,
    sql.sql_misspelt_keyword,
    sql.sql_brackets,
    conditions.sql_order_of_parts,
    conditions.sql_list,
    conditions.sql_subquery,
    sql.sql_parse,
    sql.sql_general,
    python.nobody_types,
    python.curly_quotes,
    python.long_dash,
    python.invisible_sign,
    functions.blank_in_code,
    envelope.formula,
    envelope.quotes_doubled,
    envelope.name_behind_bracket,
    envelope.sql_outside,
    envelope.call_of_sql,
    envelope.guess_line,
    envelope.course_line,
    functions.call_as_spoken,
    functions.braces,
    functions.def_line,
    functions.return_line,
    functions.if_line,
    python.indentation,
    python.print_brackets,
    python.sql_without_duckdb,
    functions.quotes_over_lines,
    envelope.answer_in_letters,
    python.quotes_in_quotes,
    python.unclosed_text,
    python.unclosed_bracket,
    python.windows_path,
    python.missing_colon,
    functions.date_without_quotes,
    functions.sign_of_paper,
    python.nothing_after_equals,
    python.number_with_gaps,
    python.other_sign,
    python.name_with_a_gap,
    python.one_equals_sign,
    python.unfinished_line,
    python.order_in_brackets,
    python.misspelt_word_of_python,
    python.missing_comma,
    python.a_sentence,
    python.other_syntax,
    python.blank_left,
    python.name_of_this_box,
    functions.letters_in_brackets,
    functions.argument_outside,
    envelope.sql_word_in_python,
    python.word_among_numbers,
    python.made_below,
    python.unknown_name,
    functions.whole_number,
    functions.not_called,
    functions.nothing_to_compare,
    functions.tool_of_a_result,
    functions.file_mode,
    python.result_is_a_table,
    python.not_a_tool,
    python.text_and_number,
    python.nothing_there,
    python.wrong_brackets,
    python.wrong_arguments,
    python.not_a_number,
    python.number_format,
    python.two_conditions,
    python.unknown_part,
    python.unknown_key,
    python.out_of_range,
    python.divided_by_zero,
    python.unknown_toolbox,
    python.missing_python_file,
    python.disk,
    python.too_much,
    python.general,
)
RECOGNISERS: tuple[Recogniser, ...] = tuple(Recogniser(words.__name__, words) for words in _ORDER)


def explain(scene: Scene) -> tuple[str, Words]:
    """The recogniser's name and its words. A recogniser that fails is passed over; `general` takes the rest."""
    for recogniser in RECOGNISERS:
        try:
            words = recogniser.words(scene)
        except Exception:  # A recogniser that stumbles must not cost the learner the card.
            continue
        if words is not None:
            return recogniser.name, words
    return "general", Words(
        "Python stopped in this box. Nothing is broken; your notebook and the data are as they were.",
        "Compare the box with the example above, and run it again.",
    )
