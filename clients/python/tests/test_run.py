"""A fit of data in memory, its files, and questions to it. INTERLATENT_CLI names the program."""

import tempfile
import unittest
from pathlib import Path

import numpy as np

import interlatent
from interlatent import types

TRAINING = {
    "encoderRestarts": 1,
    "epochs": 2,
    "componentRestarts": 4,
    "componentSteps": 40,
    "polish": 1,
    "hidden": 16,
    "batch": 64,
}
ANYWAY = {"undetermined": True, "unreplicated": True}


def simulated(folder):
    """Returns the two tables of a simulated study."""
    interlatent.call("simulate", "case1", "--seed", "0", "--samples", "300", "--test", "100", "--out", str(folder))
    return {name: interlatent.read_table(folder / f"{name}.csv") for name in ("m1", "m2")}


class Fit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        folder = Path(cls.temporary.name)
        cls.data = simulated(folder / "data")
        cls.study = interlatent.study(cls.data, 2, name="people", training=TRAINING, sparsity={"order": "assumed"})
        cls.progress = []
        cls.run_ = interlatent.fit(
            cls.study, folder / "run", progress=cls.progress.append, evidence="quick", threads=1
        )

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def test_progress_names_the_stages(self):
        self.assertTrue({"subspaces", "components"} <= {state.stage for state in self.progress})
        self.assertTrue(any(state.fold is not None for state in self.progress))

    def test_latents_are_out_of_fold_and_in_the_order_of_the_study(self):
        latents = self.run_.latents
        self.assertEqual(latents.names, ["id", "m1.z1", "m1.z2", "m2.z1", "m2.z2"])
        self.assertEqual(latents["id"].tolist(), self.data["m1"]["id"].tolist())
        self.assertEqual(latents.to_numpy().shape, (400, 4))
        self.assertFalse(np.array_equal(latents["m1.z1"], self.run_.latents_in_sample["m1.z1"]))

    def test_the_summary_has_the_types_of_the_schema(self):
        summary = self.run_.summary
        self.assertIsInstance(summary, types.RunSummary)
        self.assertEqual(summary.study, "people")
        self.assertEqual(summary.subjects.train + summary.subjects.validation + summary.subjects.test, 400)
        self.assertEqual(summary.config["hidden"], 16)
        self.assertEqual(summary.model.modalities[0].observation.shape, [15])
        (pair,) = self.run_.evidence.pairs
        self.assertEqual((pair.first, pair.second), ("m1", "m2"))
        self.assertTrue(pair.correlation.lower <= pair.correlation.estimate <= pair.correlation.upper)
        self.assertEqual(types.RunSummary.from_json(summary.to_json()), summary)

    def test_conclusions_have_sentences_and_verdicts(self):
        conclusions = self.run_.conclusions
        self.assertEqual(str(conclusions).splitlines()[0], conclusions.headline)
        verdicts = self.run_.latent_verdicts
        self.assertEqual(verdicts["name"].tolist(), ["m1.z1", "m1.z2", "m2.z1", "m2.z2"])
        self.assertEqual(
            verdicts["verdict"].tolist(), [one.verdict for one in conclusions.conclusions.latents]
        )
        self.assertEqual(self.run_.edges.names[:4], ["from", "to", "verdict", "direction"])

    def test_result_tables(self):
        self.assertIn("latents", self.run_.tables()["name"].tolist())
        table = self.run_.table("latents")
        self.assertEqual(table["latent"].tolist(), self.run_.latent_verdicts["name"].tolist())
        self.assertEqual(table["verdict"].tolist(), self.run_.latent_verdicts["verdict"].tolist())
        self.assertTrue(np.isfinite(table["agreement"]).all())
        with self.assertRaises(interlatent.InputError) as caught:
            self.run_.table("nothing")
        self.assertEqual(caught.exception.code, "unknown-table")

    def test_metrics_weights_and_drawing(self):
        self.assertEqual(self.run_.metrics()[0].epoch, 0)
        self.assertTrue(all(np.isfinite(one).all() for one in self.run_.weights().values()))
        self.assertTrue(self.run_.graph_svg().startswith("<svg"))
        self.assertIn("<svg", self.run_._repr_html_())
        self.assertIn(self.run_.conclusions.headline, self.run_._repr_html_())

    def test_figures(self):
        out = self.run_.folder.parent / "figures"
        table = self.run_.figures(out, format="svg")
        self.assertIn("graph", table["name"].tolist())
        self.assertEqual({f"{name}.svg" for name in table["name"].tolist()}, {path.name for path in out.glob("*.svg")})

    def test_encoding_the_same_subjects_gives_the_latents_of_the_model(self):
        table = self.run_.encode(self.data, sd=True)
        np.testing.assert_allclose(table["m2.z1"], self.run_.latents_in_sample["m2.z1"], atol=1e-5)
        self.assertTrue((table["m2.z1.sd"] > 0).all())
        one = self.run_.encode({"m1": self.data["m1"]})
        np.testing.assert_allclose(one["m1.z1"], table["m1.z1"], atol=1e-5)

    def test_intervene(self):
        answer = self.run_.intervene({"m1.z2": {"sd": 1}}, draws=200, **ANYWAY)
        self.assertIsInstance(answer, types.Intervention)
        self.assertEqual(answer.draws, 200)
        (set_value,) = answer.set
        self.assertEqual((set_value.name, set_value.sd), ("m1.z2", 1))
        self.assertEqual(answer.consequences[0].name, "m1.z2")

    def test_counterfactual(self):
        subject = self.data["m1"]["id"][3]
        table = self.run_.counterfactual(self.study, {"m1.z2": "+1sd"}, subject=subject, draws=20, **ANYWAY)
        self.assertEqual(set(table["id"].tolist()), {subject})
        np.testing.assert_allclose(
            table["effect"][0], table["counterfactual"][0] - table["factual"][0], atol=1e-6
        )

    def test_impute_and_predict(self):
        gaps = {name: table.to_dict() for name, table in self.data.items()}
        gaps["m2"]["x3"] = gaps["m2"]["x3"].copy()
        gaps["m2"]["x3"][5] = np.nan
        (cell,) = self.run_.impute(gaps, draws=20).rows()
        self.assertEqual((cell["id"], cell["modality"], cell["column"]), (gaps["m1"]["id"][5], "m2", "x3"))
        self.assertTrue(cell["low"] <= cell["mean"] <= cell["high"])
        complete = self.run_.impute(self.data)
        self.assertEqual((len(complete), complete.names[:3]), (0, ["id", "modality", "column"]))
        predicted = self.run_.predict(self.data, ["m1"], ["m2"], draws=20)
        self.assertEqual(len(predicted), 400 * 15)

    def test_typicality_uses_the_study_of_the_fit(self):
        table = self.run_.typicality(self.study)
        self.assertTrue(((table["share"] > 0) & (table["share"] <= 1)).all())

    def test_errors_have_the_code_of_the_program(self):
        with self.assertRaises(interlatent.InputError) as caught:
            self.run_.intervene({"m9.z1": 1})
        self.assertEqual(caught.exception.code, "unknown-latent")
        with self.assertRaises(interlatent.InputError) as caught:
            interlatent.fit(self.study, self.run_.folder, progress=False)
        self.assertEqual(caught.exception.code, "run-exists")
        with self.assertRaises(interlatent.InputError) as caught:
            interlatent.load("nowhere")
        self.assertEqual(caught.exception.code, "no-run")
        with self.assertRaises(interlatent.InputError) as caught:
            interlatent.fit(self.study, progress=False, no_such_option=3)
        self.assertEqual(caught.exception.code, "usage")

    def test_an_interrupted_fit_continues_from_its_checkpoint(self):
        def interrupt(state):
            if state.stage == "components":
                raise KeyboardInterrupt

        out = self.run_.folder.parent / "interrupted"
        with self.assertRaises(KeyboardInterrupt):
            interlatent.fit(self.study, out, progress=interrupt, evidence="quick", threads=1)
        self.assertFalse((out / "run.json").exists())
        again = interlatent.fit(self.study, out, progress=False, evidence="quick", threads=1, resume=True)
        self.assertEqual(again.latents, self.run_.latents)

    def test_a_fit_without_a_folder_is_temporary(self):
        run = interlatent.fit(
            self.study, progress=False, fit="joint", epochs=2, evidence="none", threads=1
        )
        folder = run.folder
        self.assertTrue((folder / "run.json").exists())
        with self.assertRaises(interlatent.InputError) as caught:
            _ = run.latents
        self.assertEqual(caught.exception.code, "no-latents")
        del run
        self.assertFalse(folder.exists())
