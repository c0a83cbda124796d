# Studies of data in memory, and how commands are called, without the program.

source("checks.R")

folder <- tempfile("interlatent-test-")
people <- data.frame(
  age = c(50, 1 / 3), smoker = factor(c("yes", NA)), well = c(TRUE, FALSE), `a, "b"` = c("x\"y", "z"),
  row.names = c("a", "b"), check.names = FALSE
)
blood <- matrix(c(1, 3, 2, NA), 2)
study <- il_study(
  list(clinic = people, blood = blood), c(clinic = 1, blood = 2), ids = c("a", "b"), folder = folder,
  modalities = list(clinic = list(kinds = list(smoker = "binary"))),
  tables = list(subjects = data.frame(id = c("a", "b"), arm = c("x", "y"))), split = list(test = 0.25)
)
content <- jsonlite::fromJSON(study$path, simplifyVector = FALSE)
expect_same(content$modalities$blood, list(table = "blood.csv", latents = 2L))
expect_same(content$modalities$clinic$kinds, list(smoker = "binary"))
expect_same(content$split, list(test = 0.25))
expect_same(readLines(file.path(folder, "clinic.csv")), c(
  "\"id\",\"age\",\"smoker\",\"well\",\"a, \"\"b\"\"\"", "\"a\",50,\"yes\",1,\"x\"\"y\"",
  "\"b\",0.33333333333333331,,0,\"z\""
))
expect_same(readLines(file.path(folder, "blood.csv"))[2:3], c("\"a\",1,2", "\"b\",3,"))
expect_same(readLines(file.path(folder, "subjects.csv"))[2], "\"a\",\"x\"")

expect_same(caught(il_study(list(matrix(1)), 1))$code, "invalid-dataset")
expect_same(caught(il_study(list(a = sum), 1))$code, "invalid-columns")
expect_same(caught(il_study(list(a = matrix(1, 3)), 1, ids = "a"))$code, "invalid-columns")

flags <- interlatent:::flags
expect_same(flags(list(encoder_restarts = 2, resume = TRUE, json = FALSE, device = NULL, from = c("a", "b"))),
            c("--encoder-restarts", "2", "--resume", "--from", "a,b"))
expect_same(interlatent:::setting_flags("set", list(body.z1 = "+1sd", dose = 0.25)),
            c("--set", "body.z1=+1sd", "--set", "dose=0.25"))

table <- interlatent:::result_frame(jsonlite::fromJSON(
  '{"title": "A title", "notes": ["A note."], "rows": [["m.z1", 0.01], [null, null]], "columns":
   [{"name": "latent", "kind": "text"}, {"name": "p", "kind": "number"}]}', simplifyVector = FALSE
))
expect_same(table$latent, c("m.z1", NA))
expect_same(table$p, c(0.01, NA))
expect_same(attr(table, "notes"), "A note.")
expect_same(capture.output(print(table)), c("A title", "  latent    p", "1   m.z1 0.01", "2   <NA>   NA", "A note."))

# A stand-in for the program. Its first line of messages is no error.
program <- tempfile("interlatent-")
stand_in <- function(lines) {
  writeLines(c("#!/bin/sh", lines), program)
  Sys.chmod(program, "755")
}
Sys.setenv(INTERLATENT_CLI = program)
stand_in('echo note >&2; echo \'{"error":{"code":"disk-full","message":"no space","details":{"path":"x"}}}\' >&2; exit 1')
error <- caught(il_call("fit"))
expect_same(list(error$code, error$details), list("disk-full", list(path = "x")))
expect(!inherits(error, "interlatent_input_error"))
stand_in("echo unknown option >&2; exit 2")
expect_same(caught(il_call("fit"))$code, "usage")
stand_in("exit 130")
expect_same(caught(il_call("fit"))$code, "interrupted")
stand_in('printf \'{"words": ["%s", "%s"]}\' "$1" "$2"')
expect_same(il_call("inspect", "a 'file'.yaml")$words, c("inspect", "a 'file'.yaml"))
Sys.setenv(INTERLATENT_CLI = "")
path <- Sys.getenv("PATH")
Sys.setenv(PATH = "")
expect_same(caught(il_command())$code, "missing-command")
Sys.setenv(PATH = path)

cat("OK\n")
