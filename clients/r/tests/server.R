# Questions to a server. INTERLATENT_TEST_SERVER has its address; its model `mixed` is that of test/fixtures.

source("checks.R")

model <- il_server(Sys.getenv("INTERLATENT_TEST_SERVER"), "mixed")
people <- list(
  clinic = data.frame(id = c("a", "b", "c"), smoker = c("yes", "no", NA), stage = c("low", "high", "mid"),
                      iron = c(0.5, NA, -1.25), dose = c(1.5, 0.2, 3)),
  sleep = data.frame(id = c("c", "a"), hours = c(1, 2), snore = c(-2, 0.5))
)

encoded <- il_encode(model, people, partial = TRUE, sd = TRUE)
expect_same(encoded$id, c("a", "b", "c"))
expect(all(is.finite(encoded$sleep.z1)))
expect(all(encoded$clinic.z2.sd > 0))
one <- il_encode(model, list(clinic = people$clinic[2, ]), partial = TRUE)
expect(abs(one$clinic.z1 - encoded$clinic.z1[2]) < 1e-5)

imputed <- il_impute(model, people, draws = 20)
expect_same(sort(paste(imputed$id, imputed$column)), c("b hours", "b iron", "b snore", "c smoker"))
complete <- list(clinic = people$clinic[1, ], sleep = transform(people$sleep[1, ], id = "a"))
expect_same(nrow(il_impute(model, complete)), 0L)
expect_same(nrow(il_predict(model, people["clinic"], "clinic", "sleep", draws = 20)), 6L)

answer <- il_intervene(model, list(clinic.z1 = "+1sd"), draws = 50, untested = TRUE, edges = "fitted")
expect_same(answer$set$sd, 1L)
would <- il_counterfactual(model, people, list(clinic.z1 = 0.5), draws = 20, untested = TRUE, edges = "fitted")
expect_same(unique(would$id), c("a", "b", "c"))
expect_same(nrow(il_typicality(model, people, people)), 5L)
expect(nzchar(il_conclusions(model)$headline))

people$clinic$smoker[3] <- "often"
error <- caught(il_encode(model, people, partial = TRUE))
expect_same(list(error$code, error$status, error$details$path), list("unknown-level", 400L, "columns.clinic.smoker[2]"))
expect_same(caught(il_conclusions(il_server(model$url, "none")))$code, "unknown-model")
expect_same(caught(il_conclusions(il_server("http://127.0.0.1:9", "none", timeout = 2)))$code, "no-server")

cat("OK\n")
