# A fitted model: the RUN folder of a fit.

il_fit <- function(study, out = NULL, latents = NULL, progress = interactive(), ...) {
  if (is.null(out)) out <- file.path(tempfile("interlatent-"), "run")
  path <- study_path(study, latents)
  call_text("fit", path, "--out", out, flags(list(...)), progress = receiver(progress))
  structure(list(folder = out, study = path), class = "interlatent_run")
}

il_load <- function(folder) {
  if (!file.exists(file.path(folder, "run.json"))) {
    stop(interlatent_error("no-run", paste0(
      folder, " is not a RUN folder: it has no run.json. interlatent fit STUDY --out RUN writes one."
    ), list(folder = folder)))
  }
  structure(list(folder = folder, study = NULL), class = "interlatent_run")
}

il_summary <- function(run) read_json(file.path(run$folder, "run.json"))

il_evidence <- function(run) il_summary(run)$evidence

# Edges of the fitted graph, each with the verdict on its link, its direction, and its ends.
il_edges <- function(run) {
  content <- from_json(call_text("graph", run$folder, "--format", "json"))
  edges <- content$edges
  if (!is.data.frame(edges)) edges <- data.frame(from = character(), to = character(), agreement = numeric())
  verdict_on <- function(names) column_of(content$nodes, "verdict")[match(names, content$nodes$name)]
  data.frame(
    from = edges$from, to = edges$to, verdict = column_of(edges, "verdict"), direction = column_of(edges, "direction"),
    agreement = edges$agreement, from_verdict = verdict_on(edges$from), to_verdict = verdict_on(edges$to),
    stringsAsFactors = FALSE
  )
}

# Latents of a block are mixed, so that a statement on one of them is arbitrary.
il_latent_verdicts <- function(run) {
  latents <- il_conclusions(run)$conclusions$latents
  others <- if (is.null(latents$blockWith)) vector("list", nrow(latents)) else latents$blockWith
  data.frame(
    name = latents$name, modality = latents$modality, verdict = latents$verdict,
    block_with = vapply(others, paste, "", collapse = ", "), stringsAsFactors = FALSE
  )
}

column_of <- function(frame, name) if (is.null(frame[[name]])) rep(NA_character_, nrow(frame)) else frame[[name]]

il_latents <- function(run, in_sample = FALSE) {
  path <- file.path(run$folder, if (in_sample) "latents-in-sample.csv" else "latents.csv")
  if (!file.exists(path)) {
    stop(interlatent_error("no-latents", paste0(
      run$folder, " has no file ", basename(path), ": the fit tested nothing, or it was removed. Fit without ",
      "evidence = 'none' and with 40 subjects or more."
    ), list(folder = run$folder)))
  }
  read_rows(path)
}

# The first column has ids, which remain texts even if they are digits.
read_rows <- function(path, texts = 1L) {
  header <- names(read.csv(path, nrows = 1L, check.names = FALSE, encoding = "UTF-8"))
  classes <- setNames(rep(NA_character_, length(header)), header)
  classes[texts] <- "character"
  read.csv(path, check.names = FALSE, colClasses = classes, encoding = "UTF-8", stringsAsFactors = FALSE)
}

il_tables <- function(run) il_call("table", run$folder)$tables[c("name", "summary")]

il_table <- function(run, name, study = NULL, ...) {
  path <- if (is.null(study)) run$study else subjects_path(run, study)
  text <- call_text("table", run$folder, name, flags(list(study = path, ...)))
  result_frame(jsonlite::fromJSON(text, simplifyVector = FALSE))
}

# Returns a table of results as a data frame with the attributes `title` and `notes`.
result_frame <- function(content) {
  columns <- lapply(seq_along(content$columns), function(at) {
    cells <- lapply(content$rows, function(row) row[[at]])
    if (content$columns[[at]]$kind == "number") {
      vapply(cells, function(cell) if (is.null(cell)) NA_real_ else as.numeric(cell), 0)
    } else {
      vapply(cells, function(cell) if (is.null(cell)) NA_character_ else as.character(cell), "")
    }
  })
  names(columns) <- vapply(content$columns, function(column) column$name, "")
  frame <- as.data.frame(columns, stringsAsFactors = FALSE, check.names = FALSE, col.names = names(columns))
  structure(frame, title = content$title, notes = as.character(unlist(content$notes)),
            class = c("interlatent_table", "data.frame"))
}

# Prints the notes too, because they say how to read the figures.
print.interlatent_table <- function(x, ...) {
  cat(attr(x, "title"), "\n", sep = "")
  print.data.frame(x, ...)
  cat(strwrap(attr(x, "notes"), width = 80), sep = "\n")
  invisible(x)
}

il_graph_svg <- function(run) call_text("graph", run$folder, "--format", "svg")

il_report <- function(run, out, ...) {
  il_call("report", run$folder, "--out", out, flags(list(...)))
  invisible(out)
}

# Returns names, titles and captions.
il_figures <- function(run, out, ...) {
  content <- il_call("figures", run$folder, "--out", out, flags(list(...)))
  content$figures[c("name", "title", "finding", "caption")]
}

il_conclusions <- function(model) UseMethod("il_conclusions")

il_conclusions.interlatent_run <- function(model) {
  content <- from_json(call_text("graph", model$folder, "--format", "json"))
  structure(content[c("conclusions", "headline", "sentences")], class = "interlatent_conclusions")
}

print.interlatent_conclusions <- function(x, ...) {
  cat(strwrap(x$sentences, width = 80), sep = "\n")
  invisible(x)
}

print.interlatent_run <- function(x, ...) {
  cat("RUN folder ", x$folder, "\n", sep = "")
  invisible(x)
}

repr_html.interlatent_run <- function(obj, ...) {
  sentences <- il_conclusions(obj)$sentences
  escaped <- gsub("<", "&lt;", gsub("&", "&amp;", sentences, fixed = TRUE), fixed = TRUE)
  paste0("<figure>", il_graph_svg(obj), "</figure>", paste0("<p>", escaped, "</p>", collapse = ""))
}

# Returns the study file of subjects, for which the number of latents is that of the model.
subjects_path <- function(run, subjects) {
  if (is.character(subjects) || inherits(subjects, "interlatent_study")) return(study_path(subjects))
  modalities <- il_summary(run)$model$modalities
  study_path(subjects, setNames(as.list(modalities$latents), modalities$name))
}
