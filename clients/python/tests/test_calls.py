"""How commands are found and called, and how their errors become exceptions."""

import pickle
import unittest

import interlatent
from interlatent._cli import flags, setting_flags

from .program import stand_in, variable


class Commands(unittest.TestCase):
    def test_the_variable_names_a_script_or_a_command(self):
        with variable("INTERLATENT_CLI", "/somewhere/main.js"):
            self.assertEqual(interlatent.command(), ["node", "/somewhere/main.js"])
        with variable("INTERLATENT_CLI", "npx interlatent"):
            self.assertEqual(interlatent.command(), ["npx", "interlatent"])

    def test_without_a_program_the_error_says_what_to_install(self):
        with variable("INTERLATENT_CLI", None), variable("PATH", ""):
            with self.assertRaises(interlatent.InterlatentError) as caught:
                interlatent.call("devices")
        self.assertEqual(caught.exception.code, "missing-command")
        self.assertIn("INTERLATENT_CLI", caught.exception.message)

    def test_a_program_that_does_not_exist(self):
        with variable("INTERLATENT_CLI", "/nowhere/interlatent"):
            with self.assertRaises(interlatent.InterlatentError) as caught:
                interlatent.call("devices")
        self.assertEqual(caught.exception.code, "missing-command")

    def test_options_become_flags(self):
        options = {"encoder_restarts": 2, "resume": True, "json": False, "device": None, "modalities": ["a", "b"]}
        self.assertEqual(flags(options), ["--encoder-restarts", "2", "--resume", "--modalities", "a,b"])

    def test_settings_become_flags(self):
        setting = {"body.z1": {"sd": 1}, "body.z2": "-1sd", "blood.z1": 0.25, "arm": "treated"}
        words = ["body.z1=+1sd", "body.z2=-1sd", "blood.z1=0.25", "arm=treated"]
        self.assertEqual(setting_flags("set", setting), [part for word in words for part in ("--set", word)])
        with self.assertRaises(interlatent.InputError):
            setting_flags("set", {"body.z1": {"mean": 1}})


class Answers(unittest.TestCase):
    def test_json_is_returned_even_if_both_streams_are_long(self):
        source = "import sys\nsys.stderr.write('line\\n' * 100000)\nprint('{\"a\": [' + '1, ' * 100000 + '1]}')"
        with stand_in(source):
            self.assertEqual(len(interlatent.call("devices")["a"]), 100001)

    def test_json_is_requested(self):
        with stand_in("import json, sys\nprint(json.dumps(sys.argv[1:]))"):
            self.assertEqual(interlatent.call("inspect", "a file.yaml"), ["inspect", "a file.yaml", "--json"])

    def test_progress_is_passed_on(self):
        state = '{"progress":{"stage":"polish","stageNumber":2,"stages":3,"epoch":4,"epochs":9,"fold":1}}'
        seen = []
        with stand_in(f"import sys\nprint('{state}', file=sys.stderr)\nprint('{{}}')"):
            interlatent.call("fit", progress=seen.append)
        self.assertEqual(seen, [interlatent.Progress("polish", 2, 3, 4, 9, fold=1)])
        self.assertEqual(str(seen[0]), "cross-fit 2: polish (2/3)  epoch 4/9")

    def test_an_error_of_the_receiver_ends_the_command(self):
        state = '{"progress":{"stage":"polish","stageNumber":2,"stages":3,"epoch":4,"epochs":9}}'
        source = f"import sys, time\nprint('{state}', file=sys.stderr, flush=True)\ntime.sleep(60)"

        def refuse(_):
            raise RuntimeError("enough")

        with stand_in(source), self.assertRaisesRegex(RuntimeError, "enough"):
            interlatent.call("fit", progress=refuse)


class Errors(unittest.TestCase):
    def caught(self, source):
        with stand_in(source), self.assertRaises(interlatent.InterlatentError) as caught:
            interlatent.call("fit")
        return caught.exception

    def test_have_code_message_and_details(self):
        line = '{"error":{"code":"missing-file","message":"x is not there","details":{"path":"x"}}}'
        error = self.caught(f"import sys\nprint('note', file=sys.stderr)\nprint('{line}', file=sys.stderr)\nsys.exit(2)")
        self.assertIsInstance(error, interlatent.InputError)
        self.assertEqual((error.code, error.message, error.details), ("missing-file", "x is not there", {"path": "x"}))
        self.assertEqual(str(error), "[missing-file] x is not there")
        again = pickle.loads(pickle.dumps(error))
        self.assertEqual((again.code, again.details), (error.code, error.details))

    def test_a_failure_is_no_mistake_of_the_user(self):
        line = '{"error":{"code":"disk-full","message":"no space","details":{}}}'
        error = self.caught(f"import sys\nprint('{line}', file=sys.stderr)\nsys.exit(1)")
        self.assertNotIsInstance(error, interlatent.InputError)
        self.assertEqual(error.code, "disk-full")

    def test_texts_and_interruptions_have_codes_too(self):
        exits = "import sys\nprint('unknown option', file=sys.stderr)\nsys.exit({})"
        self.assertEqual(self.caught(exits.format(2)).code, "usage")
        self.assertEqual(self.caught(exits.format(130)).code, "interrupted")
        self.assertEqual(self.caught(exits.format(1)).code, "unexpected")
        self.assertIn("exit code 3", self.caught("import sys\nsys.exit(3)").message)
