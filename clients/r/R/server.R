# Questions to a running server.

il_server <- function(url, model, headers = character(), timeout = 60) {
  if (!grepl("^https?://", url)) {
    stop(interlatent_error("invalid-option", paste0(
      "The address of a server begins with http:// or https://, got ", url, "."
    )))
  }
  structure(
    list(url = sub("/+$", "", url), model = model, headers = headers, timeout = timeout),
    class = "interlatent_server"
  )
}

print.interlatent_server <- function(x, ...) {
  cat("Model ", x$model, " of ", x$url, "\n", sep = "")
  invisible(x)
}

il_conclusions.interlatent_server <- function(model) {
  structure(ask(model, "/conclusions"), class = "interlatent_conclusions")
}

il_encode.interlatent_server <- function(model, subjects, sd = FALSE, ...) {
  tables <- aligned(subjects)
  answer <- ask(model, "/encode", c(list(columns = columns_of(tables), posterior = isTRUE(sd)), list(...)))
  columns <- list(id = tables[[1]]$id)
  for (modality in names(answer$latents)) {
    for (latent in names(answer$latents[[modality]])) {
      name <- paste0(modality, ".", latent)
      columns[[name]] <- as.numeric(answer$latents[[modality]][[latent]])
      if (isTRUE(sd)) columns[[paste0(name, ".sd")]] <- as.numeric(answer$sd[[modality]][[latent]])
    }
  }
  as.data.frame(columns, stringsAsFactors = FALSE, check.names = FALSE, col.names = names(columns))
}

il_intervene.interlatent_server <- function(model, set, ...) {
  ask(model, "/intervene", c(list(set = setting_json(set)), list(...)))
}

il_counterfactual.interlatent_server <- function(model, subjects, set, ...) {
  tables <- aligned(subjects)
  answer <- ask(model, "/counterfactual",
                c(list(columns = columns_of(tables), set = setting_json(set)), list(...)))
  frames <- Map(function(row, items) {
    data.frame(
      id = tables[[1]]$id[row + 1L], items[c("name", "kind", "modality", "unit")],
      factual = items$factual.mean, counterfactual = items$counterfactual.mean, low = items$counterfactual.low,
      high = items$counterfactual.high, effect = items$effect.mean, effect_low = items$effect.low,
      effect_high = items$effect.high, direction = ifelse(items$assumed, "assumed", ""), stringsAsFactors = FALSE
    )
  }, answer$subjects$row, answer$subjects$consequences)
  with_warnings(do.call(rbind, frames), answer)
}

il_impute.interlatent_server <- function(model, subjects, ...) {
  tables <- aligned(subjects)
  cells(tables, ask(model, "/impute", c(list(columns = columns_of(tables)), list(...))))
}

il_predict.interlatent_server <- function(model, subjects, from, to, ...) {
  tables <- aligned(subjects)
  body <- list(columns = columns_of(tables), from = I(from), to = I(to))
  cells(tables, ask(model, "/predict", c(body, list(...))))
}

il_typicality.interlatent_server <- function(model, subjects, reference, ...) {
  tables <- aligned(subjects)
  body <- list(columns = columns_of(tables), reference = list(columns = columns_of(aligned(reference))))
  answer <- ask(model, "/typicality", c(body, list(...)))
  frames <- Map(function(row, share, items) {
    data.frame(
      id = tables[[1]]$id[row + 1L], share = share, modality = items$name,
      measurements = items$measurements.score, measurements_share = items$measurements.share,
      latents = items$latents.score, latents_share = items$latents.share, stringsAsFactors = FALSE
    )
  }, answer$subjects$row, answer$subjects$share, answer$subjects$modalities)
  with_warnings(do.call(rbind, frames), answer)
}

cells <- function(tables, answer) {
  found <- answer$cells
  if (!is.data.frame(found)) {
    found <- data.frame(row = integer(), modality = character(), column = character(), mean = numeric(), sd = numeric(),
                        low = numeric(), high = numeric())
  }
  names <- c("modality", "column", "mean", "sd", "low", "high")
  frame <- data.frame(id = tables[[1]]$id[found$row + 1L], found[names], stringsAsFactors = FALSE)
  with_warnings(frame, answer)
}

with_warnings <- function(frame, answer) {
  attr(frame, "warnings") <- if (is.data.frame(answer$warnings)) answer$warnings$text
  frame
}

# Returns the tables of all modalities with a row for every subject. Absent subjects have missing values.
aligned <- function(subjects) {
  check_modalities(subjects)
  tables <- Map(function(source, name) rows_of(source, NULL, name), subjects, names(subjects))
  ids <- unique(unlist(lapply(tables, function(table) table$id), use.names = FALSE))
  lapply(tables, function(table) {
    rows <- table[match(ids, table$id), , drop = FALSE]
    rows$id <- ids
    rows
  })
}

# I() keeps a column of one subject a list in JSON.
columns_of <- function(tables) lapply(tables, function(table) lapply(table[names(table) != "id"], I))

# Returns values as the server reads them: "+1sd" is { "sd": 1 }.
setting_json <- function(setting) {
  lapply(setting, function(value) {
    number <- if (is.character(value) && grepl("sd$", value)) suppressWarnings(as.numeric(sub("sd$", "", value)))
    if (length(number) == 1L && !is.na(number)) list(sd = number) else value
  })
}

ask <- function(server, route, body = NULL) {
  path <- paste0(server$url, "/models/", utils::URLencode(server$model, reserved = TRUE), route)
  answer <- http_request(path, if (!is.null(body)) enc2utf8(as.character(to_json(body))), server)
  content <- tryCatch(from_json(answer$body), error = function(e) NULL)
  if (answer$status == 200L && !is.null(content)) return(content)
  error <- content$error
  code <- if (is.null(error$code)) "unexpected" else error$code
  text <- if (is.null(error$message)) paste0("The server answered with status ", answer$status, ".") else error$message
  details <- error[setdiff(names(error), c("code", "message"))]
  stop(interlatent_error(code, text, as.list(details), answer$status < 500L, answer$status))
}

# Sends a request. Base R has no POST: https needs the package curl, and http is written to a socket.
http_request <- function(url, body, server) {
  headers <- c(accept = "application/json", if (!is.null(body)) c(`content-type` = "application/json"), server$headers)
  tryCatch(
    if (startsWith(url, "https://")) curl_request(url, body, headers, server$timeout)
    else socket_request(url, body, headers, server$timeout),
    interlatent_error = stop,
    error = function(error) {
      stop(interlatent_error("no-server", paste0("No server answers at ", server$url, ": ", conditionMessage(error)),
                             is_input = FALSE))
    }
  )
}

curl_request <- function(url, body, headers, timeout) {
  if (!requireNamespace("curl", quietly = TRUE)) {
    stop(interlatent_error("missing-package", "An address with https:// needs the package curl.", is_input = FALSE))
  }
  handle <- curl::new_handle(timeout = timeout)
  if (!is.null(body)) curl::handle_setopt(handle, postfields = body)
  do.call(curl::handle_setheaders, c(list(handle), as.list(headers)))
  answer <- curl::curl_fetch_memory(url, handle)
  list(status = answer$status_code, body = utf8(answer$content))
}

socket_request <- function(url, body, headers, timeout) {
  parts <- regmatches(url, regexec("^http://([^/:]+)(:([0-9]+))?(/.*)$", url))[[1]]
  port <- if (parts[4] == "") 80L else as.integer(parts[4])
  content <- if (is.null(body)) raw() else charToRaw(body)
  lines <- c(
    paste(if (is.null(body)) "GET" else "POST", parts[5], "HTTP/1.0"),
    paste0("host: ", parts[2]), "connection: close", paste0(names(headers), ": ", headers),
    if (!is.null(body)) paste0("content-length: ", length(content)), "", ""
  )
  con <- suppressWarnings(socketConnection(parts[2], port, blocking = TRUE, open = "r+b", timeout = timeout))
  on.exit(close(con))
  writeBin(c(charToRaw(paste(lines, collapse = "\r\n")), content), con)
  received <- list()
  while (length(chunk <- readBin(con, "raw", 65536L)) > 0L) received[[length(received) + 1L]] <- chunk
  answer <- utf8(do.call(c, received))
  end <- regexpr("\r\n\r\n", answer, fixed = TRUE)
  status <- as.integer(sub("^HTTP/[0-9.]+ ([0-9]+).*$", "\\1", strsplit(answer, "\r\n", fixed = TRUE)[[1]][1]))
  list(status = status, body = substring(answer, end + 4L))
}

utf8 <- function(bytes) {
  text <- rawToChar(bytes)
  Encoding(text) <- "UTF-8"
  text
}
