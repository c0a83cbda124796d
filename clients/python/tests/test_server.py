"""Questions to a server. INTERLATENT_TEST_SERVER has its address; its model `mixed` is that of test/fixtures."""

import os
import unittest

import numpy as np

import interlatent
from interlatent import types

PEOPLE = {
    "clinic": {
        "id": ["a", "b", "c"],
        "smoker": ["yes", "no", None],
        "stage": ["low", "high", "mid"],
        "iron": [0.5, None, -1.25],
        "dose": [1.5, 0.2, 3.0],
    },
    "sleep": {"id": ["c", "a"], "hours": [1.0, 2.0], "snore": [-2.0, 0.5]},
}
ANYWAY = {"untested": True, "edges": "fitted"}


class Questions(unittest.TestCase):
    def setUp(self):
        self.server = interlatent.Server(os.environ["INTERLATENT_TEST_SERVER"])
        self.model = self.server.model("mixed")

    def test_models_and_conclusions(self):
        self.assertEqual([one["name"] for one in self.server.models()], ["mixed"])
        self.assertEqual(self.model.describe()["modalities"][1]["latents"], ["sleep.z1"])
        self.assertIsInstance(self.model.conclusions, types.DescribedConclusions)

    def test_encode_joins_tables_by_id(self):
        table = self.model.encode(PEOPLE, partial=True, sd=True)
        self.assertEqual(table["id"].tolist(), ["a", "b", "c"])
        self.assertTrue(np.isfinite(table["sleep.z1"]).all())
        self.assertTrue((table["clinic.z2.sd"] > 0).all())
        one = self.model.encode({"clinic": {**PEOPLE["clinic"], "id": ["c", "b", "a"]}}, partial=True)
        np.testing.assert_allclose(one["clinic.z1"], table["clinic.z1"], rtol=1e-5)

    def test_impute_and_predict(self):
        table = self.model.impute(PEOPLE, draws=20)
        cells = set(zip(table["id"].tolist(), table["column"].tolist()))
        self.assertEqual(cells, {("c", "smoker"), ("b", "iron"), ("b", "hours"), ("b", "snore")})
        complete = {name: {key: values[:1] for key, values in table.items()} for name, table in PEOPLE.items()}
        complete["sleep"] = {**complete["sleep"], "id": ["a"]}
        self.assertEqual(self.model.impute(complete)["mean"].tolist(), [])
        predicted = self.model.predict({"clinic": PEOPLE["clinic"]}, "clinic", ["sleep"], draws=20)
        self.assertEqual(len(predicted), 6)

    def test_intervene_and_counterfactual(self):
        answer = self.model.intervene({"clinic.z1": "+1sd"}, draws=50, **ANYWAY)
        self.assertEqual(answer.set[0].sd, 1)
        table = self.model.counterfactual(PEOPLE, {"clinic.z1": 0.5}, draws=20, **ANYWAY)
        self.assertEqual(set(table["id"].tolist()), {"a", "b", "c"})

    def test_typicality(self):
        table = self.model.typicality(PEOPLE, PEOPLE)
        self.assertEqual(len(table), 5)

    def test_errors_have_the_code_the_path_and_the_status_of_the_server(self):
        with self.assertRaises(interlatent.InputError) as caught:
            self.model.encode({"clinic": {**PEOPLE["clinic"], "smoker": ["yes", "no", "often"]}}, partial=True)
        self.assertEqual((caught.exception.code, caught.exception.status), ("unknown-level", 400))
        self.assertEqual(caught.exception.details["path"], "columns.clinic.smoker[2]")
        with self.assertRaises(interlatent.InputError) as caught:
            self.server.model("no such/model").describe()
        self.assertEqual(caught.exception.code, "unknown-model")
        with self.assertRaises(interlatent.InterlatentError) as caught:
            interlatent.Server("http://127.0.0.1:9", timeout=2).models()
        self.assertEqual(caught.exception.code, "no-server")
        with self.assertRaises(interlatent.InputError):
            interlatent.Server("localhost:3000")
