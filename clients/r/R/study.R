# Studies of data in memory, written to a folder that the program reads.

il_study <- function(data, latents, name = "study", ids = NULL, modalities = list(), tables = list(), folder = NULL,
                     ...) {
  if (is.null(folder)) folder <- tempfile("interlatent-study-")
  dir.create(folder, showWarnings = FALSE, recursive = TRUE)
  check_modalities(data)
  entries <- lapply(setNames(nm = names(data)), function(modality) {
    source <- data[[modality]]
    table <- if (is.character(source) && is.null(dim(source))) {
      normalizePath(source, mustWork = FALSE)
    } else {
      write_rows(file.path(folder, paste0(modality, ".csv")), rows_of(source, ids, modality))
      paste0(modality, ".csv")
    }
    entry <- list(table = table, latents = if (length(latents) == 1L) latents[[1]] else latents[[modality]])
    utils::modifyList(entry, as.list(modalities[[modality]]))
  })
  for (table in names(tables)) {
    write_rows(file.path(folder, paste0(table, ".csv")), rows_of(tables[[table]], ids, table))
  }
  content <- c(utils::modifyList(list(study = name, id = "id"), list(...)), list(modalities = entries))
  path <- file.path(folder, "study.json")
  writeLines(enc2utf8(as.character(to_json(content))), path, useBytes = TRUE)
  structure(list(path = path), class = "interlatent_study")
}

to_json <- function(content) jsonlite::toJSON(content, auto_unbox = TRUE, null = "null", na = "null", digits = NA)

check_modalities <- function(data) {
  if (is.list(data) && !is.data.frame(data) && !is.null(names(data)) && all(names(data) != "")) return(invisible())
  stop(interlatent_error("invalid-dataset", "Give a table for each modality: list(proteins = ..., clinic = ...)."))
}

# Returns a table in memory with a column `id` of texts and columns of numbers or texts.
rows_of <- function(source, ids, name) {
  if (is.matrix(source)) {
    titles <- colnames(source)
    if (is.null(titles)) titles <- paste0("x", seq_len(ncol(source)))
    names_of_rows <- rownames(source)
    source <- setNames(as.data.frame(unname(source), stringsAsFactors = FALSE), titles)
  } else if (is.data.frame(source)) {
    # Row names that are the numbers of the rows name no subject.
    names_of_rows <- if (.row_names_info(source) > 0L) rownames(source)
  } else {
    stop(interlatent_error("invalid-columns", paste0(
      name, " is a ", class(source)[1], ". Give a data frame, or a matrix of subjects x columns."
    ), list(modality = name)))
  }
  if (anyDuplicated(names(source)) > 0L) {
    stop(interlatent_error("duplicate-column", paste0(name, ": two columns have the same name."),
                           list(modality = name)))
  }
  if (is.null(source[["id"]])) {
    known <- if (!is.null(names_of_rows)) names_of_rows else ids
    if (is.null(known)) known <- paste0("s", seq_len(nrow(source)))
    if (length(known) != nrow(source)) {
      stop(interlatent_error("invalid-columns", paste0(
        name, " has ", nrow(source), " rows, but there are ", length(known), " ids."
      ), list(modality = name)))
    }
    source <- data.frame(id = as.character(known), source, check.names = FALSE, stringsAsFactors = FALSE)
  }
  source[] <- lapply(source, function(column) {
    if (is.factor(column)) as.character(column) else if (is.logical(column)) as.numeric(column) else column
  })
  source$id <- as.character(source$id)
  row.names(source) <- NULL
  source
}

# Writes a table in which every number keeps its bits.
write_rows <- function(path, rows) {
  text <- lapply(rows, function(column) {
    if (is.numeric(column)) ifelse(is.na(column), NA, sprintf("%.17g", column)) else as.character(column)
  })
  is_text <- which(!vapply(rows, is.numeric, NA))
  frame <- as.data.frame(text, stringsAsFactors = FALSE, col.names = names(rows), check.names = FALSE)
  write.table(frame, path, sep = ",", na = "", row.names = FALSE, qmethod = "double", quote = unname(is_text),
              fileEncoding = "UTF-8")
}

# Returns the path of the study file that a path, a study or data in memory stands for.
study_path <- function(source, latents = NULL) {
  if (inherits(source, "interlatent_study")) return(source$path)
  if (is.character(source) && length(source) == 1L) return(source)
  if (is.null(latents)) {
    stop(interlatent_error(
      "invalid-option",
      "Data in memory need the number of latents: latents = 2, or a number for each modality."
    ))
  }
  il_study(source, latents)$path
}
