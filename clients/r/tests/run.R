# A fit of data in memory, its files, and questions to it. INTERLATENT_CLI names the program.

source("checks.R")

folder <- tempfile("interlatent-test-")
invisible(il_call("simulate", "case1", "--seed", "0", "--samples", "300", "--test", "100", "--out",
                  file.path(folder, "data")))
data <- lapply(c(m1 = "m1.csv", m2 = "m2.csv"), function(name) read.csv(file.path(folder, "data", name)))

study <- il_study(data, 2, name = "people", training = training, sparsity = list(order = "assumed"))
stages <- character()
run <- il_fit(study, file.path(folder, "run"), evidence = "quick", threads = 1,
              progress = function(state) stages <<- c(stages, state$stage))
expect(all(c("subspaces", "components") %in% stages))

# Latents are out-of-fold and in the order of the study.
latents <- il_latents(run)
expect_same(names(latents), c("id", "m1.z1", "m1.z2", "m2.z1", "m2.z2"))
expect_same(latents$id, data$m1$id)
in_sample <- il_latents(run, in_sample = TRUE)
expect(!isTRUE(all.equal(latents$m1.z1, in_sample$m1.z1)))

# All keys of the results are documented.
documented <- function(content, list) {
  keys <- gsub("\\[\\]|<name>\\.?", "", il_fields(list)$key)
  is_known <- vapply(names(content), function(name) any(keys == name | startsWith(keys, paste0(name, "."))), NA)
  expect(all(is_known), "unknown keys ", paste(names(content)[!is_known], collapse = ", "))
}
summary <- il_summary(run)
documented(summary, "run")
expect_same(summary$study, "people")
expect_same(sum(unlist(summary$subjects)), 400L)
pairs <- il_evidence(run)$pairs
expect_same(pairs$first, "m1")
expect(pairs$correlation.lower <= pairs$correlation.estimate)

conclusions <- il_conclusions(run)
documented(unclass(conclusions), "conclusions")
expect_same(conclusions$sentences[1], conclusions$headline)
expect_same(conclusions$conclusions$latents$name, c("m1.z1", "m1.z2", "m2.z1", "m2.z2"))
printed <- capture.output(print(conclusions))
expect_same(printed[1], conclusions$headline)
expect_same(names(il_edges(run))[1:4], c("from", "to", "verdict", "direction"))
verdicts <- il_latent_verdicts(run)
expect_same(verdicts$verdict, conclusions$conclusions$latents$verdict)
expect_same(nchar(verdicts$block_with) > 0, verdicts$verdict == "block")
expect("latents" %in% il_tables(run)$name)
table <- il_table(run, "latents")
expect_same(table$verdict, verdicts$verdict)
expect(all(is.finite(table$agreement)))
expect_same(caught(il_table(run, "nothing"))$code, "unknown-table")
expect(startsWith(il_graph_svg(run), "<svg"))

figures <- il_figures(run, file.path(folder, "figures"), format = "svg")
expect(all(file.exists(file.path(folder, "figures", paste0(figures$name, ".svg")))))

# The same subjects have the latents of the model, whether they are in files or in memory.
encoded <- il_encode(run, data, sd = TRUE)
expect_same(encoded$m2.z1, in_sample$m2.z1)
expect(all(encoded$m2.z1.sd > 0))
rows <- data$m1
rownames(rows) <- rows$id
rows$id <- NULL
expect_same(il_encode(run, list(m1 = rows))$m1.z1, encoded$m1.z1)
expect_same(il_encode(run, list(m1 = as.matrix(rows)))$m1.z2, encoded$m1.z2)

answer <- il_intervene(run, list(m1.z2 = "+1sd"), draws = 200, undetermined = TRUE, unreplicated = TRUE)
documented(answer, "intervention")
expect_same(answer$set$name, "m1.z2")
expect_same(answer$draws, 200L)
expect_same(answer$consequences$name[1], "m1.z2")

subject <- data$m1$id[4]
would <- il_counterfactual(run, study, list(m1.z2 = 0.5), subject = subject, draws = 20, undetermined = TRUE,
                           unreplicated = TRUE)
expect_same(unique(would$id), subject)
expect_same(would$effect[1], would$counterfactual[1] - would$factual[1])

gaps <- data
gaps$m2$x3[6] <- NA
imputed <- il_impute(run, gaps, draws = 20)
expect_same(c(imputed$id, imputed$modality, imputed$column), c(gaps$m1$id[6], "m2", "x3"))
expect_same(nrow(il_impute(run, data)), 0L)
expect_same(nrow(il_predict(run, data, from = "m1", to = "m2", draws = 20)), 6000L)
typicality <- il_typicality(run, study)
expect(all(typicality$share > 0 & typicality$share <= 1))

# Errors have the code of the program.
error <- caught(il_intervene(run, list(m9.z1 = 1)))
expect_same(error$code, "unknown-latent")
expect(inherits(error, "interlatent_input_error"))
expect(grepl("^\\[unknown-latent\\] ", conditionMessage(error)))
expect_same(caught(il_fit(study, run$folder))$code, "run-exists")
expect_same(caught(il_fit(study, no_such_option = 3))$code, "usage")
expect_same(caught(il_load("nowhere"))$code, "no-run")
expect_same(caught(il_fit(data))$code, "invalid-option")
untested <- il_fit(study, fit = "joint", epochs = 2, evidence = "none", threads = 1)
expect_same(caught(il_latents(untested))$code, "no-latents")

cat("OK\n")
