"""Tables, weights, records and studies, without the program."""

import json
import os
import struct
import tempfile
import unittest
from pathlib import Path

import numpy as np

import interlatent
from interlatent import types
from interlatent._study import frames_of
from interlatent._table import records_table, result_table


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)


class Tables(InFolder):
    def test_csv_keeps_texts_numbers_and_gaps(self):
        path = self.folder / "latents.csv"
        path.write_text('\ufeffid,z1,"a, b",name\n007,1.5,,x\n008,-2e-3,4,"y ""z"""\n', encoding="utf-8")
        table = interlatent.read_table(path)
        self.assertEqual(table.names, ["id", "z1", "a, b", "name"])
        self.assertEqual(table["id"].tolist(), ["007", "008"])
        np.testing.assert_array_equal(table["z1"], [1.5, -0.002])
        np.testing.assert_array_equal(table["a, b"], [np.nan, 4])
        self.assertEqual(table["name"].tolist(), ["x", 'y "z"'])
        self.assertEqual(len(table), 2)

    def test_a_written_table_has_the_same_bits(self):
        table = interlatent.Table({"id": ["a", "b"], "x": [1 / 3, np.nan]})
        table.to_csv(self.folder / "table.csv")
        self.assertEqual(interlatent.read_table(self.folder / "table.csv"), table)

    def test_npz(self):
        np.savez(self.folder / "out.npz", **{"id": np.array(["a"]), "body.z1": np.array([0.5])})
        self.assertEqual(
            interlatent.read_table(self.folder / "out.npz"), interlatent.Table({"id": ["a"], "body.z1": [0.5]})
        )

    def test_columns_have_one_length_and_known_names(self):
        with self.assertRaises(interlatent.InputError):
            interlatent.Table({"a": [1, 2], "b": [1]})
        with self.assertRaisesRegex(KeyError, "columns are a"):
            interlatent.Table({"a": [1]})["b"]

    def test_a_table_of_results(self):
        table = result_table(
            {
                "name": "t",
                "title": "A title",
                "columns": [
                    {"name": "latent", "kind": "text", "description": ""},
                    {"name": "p", "kind": "number", "description": "p < 1"},
                ],
                "rows": [["m.z1", 0.01], [None, None]],
                "notes": ["A note."],
            }
        )
        self.assertEqual(table["latent"].tolist(), ["m.z1", ""])
        np.testing.assert_array_equal(table["p"], [0.01, np.nan])
        np.testing.assert_array_equal(table.to_numpy(), [[0.01], [np.nan]])
        self.assertEqual(repr(table).splitlines(), ["A title", "latent  p", "m.z1    0.01", "", "A note."])
        self.assertIn('<th title="p &lt; 1">p</th>', table._repr_html_())
        self.assertEqual(table.rows()[0], {"latent": "m.z1", "p": 0.01})

    def test_no_records_are_an_empty_table(self):
        self.assertEqual(len(records_table([])), 0)


class Weights(InFolder):
    def write(self, header, data):
        text = json.dumps(header).encode()
        path = self.folder / "model.safetensors"
        path.write_bytes(struct.pack("<Q", len(text)) + text + data)
        return path

    def test_tensors_have_their_types_and_shapes(self):
        values = np.arange(6, dtype="<f4").reshape(2, 3)
        header = {"__metadata__": {"a": "b"}, "w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}
        tensors = interlatent.read_safetensors(self.write(header, values.tobytes()))
        self.assertEqual(list(tensors), ["w"])
        np.testing.assert_array_equal(tensors["w"], values)

    def test_damaged_files_and_unknown_types_are_refused(self):
        damaged = self.write({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, b"1234")
        with self.assertRaises(interlatent.InputError) as caught:
            interlatent.read_safetensors(damaged)
        self.assertEqual(caught.exception.code, "damaged-file")
        unknown = self.write({"w": {"dtype": "F8_E4M3", "shape": [1], "data_offsets": [0, 1]}}, b"1")
        with self.assertRaises(interlatent.InputError) as caught:
            interlatent.read_safetensors(unknown)
        self.assertEqual(caught.exception.code, "unsupported-type")
        (self.folder / "short.safetensors").write_bytes(b"12")
        with self.assertRaises(interlatent.InputError):
            interlatent.read_safetensors(self.folder / "short.safetensors")


class Records(unittest.TestCase):
    def test_keys_become_attributes_and_lists_become_records(self):
        link = types.Link.from_json({"first": "a", "second": "b", "isWithin": False, "direction": {"from": "a"}, "new": 1})
        self.assertEqual((link.first, link.is_within, link.direction.from_, link.q), ("a", False, "a", None))
        self.assertEqual(link.to_json()["new"], 1)
        self.assertEqual(link, types.Link.from_json({**link.to_json(), "new": 2}))

    def test_conclusions_print_their_sentences(self):
        described = types.DescribedConclusions.from_json(
            {"conclusions": {"study": "s"}, "headline": "One.", "sentences": ["One.", "a < b."]}
        )
        self.assertEqual(str(described), "One.\na < b.")
        self.assertEqual(described._repr_html_(), "<p>One.</p><p>a &lt; b.</p>")


class FakeAnnData:
    """What the package reads of an AnnData."""

    class Sparse:
        def __init__(self, values):
            self.values = values

        def toarray(self):
            return self.values

    def __init__(self, values, sparse=False):
        self.X = self.Sparse(values) if sparse else values
        self.obs_names = [f"cell{i}" for i in range(len(values))]
        self.var_names = [f"gene{i}" for i in range(values.shape[1])]


class Studies(InFolder):
    def test_numbers_are_written_as_arrays_and_texts_as_csv(self):
        data = {
            "blood": np.array([[1.0, 2.0], [3.0, np.nan]]),
            "clinic": {"id": ["a", "b"], "smoker": ["yes", None], "age": [50, 61.5], "well": [True, False]},
        }
        made = interlatent.study(
            data,
            {"blood": 2, "clinic": 1},
            ids=["a", "b"],
            folder=self.folder,
            modalities={"clinic": {"kinds": {"smoker": "binary"}}},
            tables={"subjects": {"id": ["a", "b"], "arm": ["x", "y"]}},
            split={"test": np.float64(0.25)},
        )
        content = json.loads(made.path.read_text())
        self.assertEqual(content["split"], {"test": 0.25})
        self.assertEqual(content["modalities"]["blood"], {"table": "blood.npz", "latents": 2})
        self.assertEqual(content["modalities"]["clinic"]["kinds"], {"smoker": "binary"})
        with np.load(self.folder / "blood.npz") as archive:
            np.testing.assert_array_equal(archive["x"], data["blood"])
            self.assertEqual(archive["columns"].tolist(), ["x1", "x2"])
        self.assertEqual((self.folder / "clinic.csv").read_text().splitlines()[1:], ["a,yes,50.0,1.0", "b,,61.5,0.0"])
        self.assertEqual((self.folder / "subjects.csv").read_text().splitlines(), ["id,arm", "a,x", "b,y"])

    def test_a_temporary_study_exists_as_long_as_its_object(self):
        made = interlatent.study({"a": np.ones((2, 2))}, 1)
        folder = made.path.parent
        self.assertTrue(folder.exists())
        del made
        self.assertFalse(folder.exists())

    def test_annotated_data_have_names_of_rows_and_columns(self):
        values = np.arange(6.0).reshape(2, 3)
        for sparse in (False, True):
            frame = frames_of({"rna": FakeAnnData(values, sparse)})["rna"]
            self.assertEqual(frame.ids, ["cell0", "cell1"])
            np.testing.assert_array_equal(frame.columns["gene2"], [2, 5])

    def test_tables_of_files_keep_their_path(self):
        made = interlatent.study({"a": self.folder / "a.csv"}, 1, folder=self.folder)
        table = json.loads(made.path.read_text())["modalities"]["a"]["table"]
        self.assertEqual(table, os.path.realpath(self.folder / "a.csv"))

    def test_what_is_no_table_is_refused(self):
        for data in ([1, 2], {"a": "text".split}, {"a": np.ones(3)}, {"a": {"x": [1], "y": [1, 2]}}):
            with self.assertRaises(interlatent.InputError):
                interlatent.study(data, 1)
        with self.assertRaisesRegex(interlatent.InputError, "3 rows, but there are 2 ids"):
            interlatent.study({"a": np.ones((3, 1))}, 1, ids=["a", "b"])
        with self.assertRaisesRegex(interlatent.InputError, "latents=2"):
            interlatent.fit({"a": np.ones((3, 1))})
