"""Data frames in and out."""

import unittest

import numpy as np
import pandas

import interlatent
from interlatent._study import frames_of


class Frames(unittest.TestCase):
    def test_the_index_has_the_ids(self):
        frame = pandas.DataFrame(
            {
                "age": [50, 61],
                "stage": pandas.Categorical(["low", None]),
                "well": [True, False],
                "count": pandas.array([1, None], dtype="Int64"),
            },
            index=["a", "b"],
        )
        ids, columns = frames_of({"clinic": frame})["clinic"]
        self.assertEqual(ids, ["a", "b"])
        np.testing.assert_array_equal(columns["age"], [50, 61])
        self.assertEqual(columns["stage"].tolist(), ["low", None])
        np.testing.assert_array_equal(columns["well"], [1, 0])
        np.testing.assert_array_equal(columns["count"], [1, np.nan])

    def test_a_column_of_ids_comes_first(self):
        frame = pandas.DataFrame({"id": ["a", "b"], "age": [50, 61]})
        self.assertEqual(frames_of({"clinic": frame})["clinic"].ids, ["a", "b"])

    def test_two_columns_of_one_name_are_refused(self):
        frame = pandas.DataFrame([[1, 2]], columns=["a", "a"])
        with self.assertRaisesRegex(interlatent.InputError, "same name"):
            frames_of({"clinic": frame})

    def test_tables_become_data_frames(self):
        table = interlatent.Table({"id": ["a", "b"], "z1": [0.5, 1.0]})
        expected = pandas.DataFrame({"z1": [0.5, 1.0]}, index=pandas.Index(["a", "b"], name="id"))
        pandas.testing.assert_frame_equal(table.to_pandas(index="id"), expected)
