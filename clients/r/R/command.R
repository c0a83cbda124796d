# Calls the program `interlatent`.

il_command <- function() {
  named <- Sys.getenv("INTERLATENT_CLI")
  if (named != "") {
    words <- if (file.exists(named)) named else strsplit(trimws(named), "[[:space:]]+")[[1]]
    return(if (grepl("\\.[cm]?js$", words[1])) c("node", words) else words)
  }
  found <- Sys.which("interlatent")
  if (found != "") return(unname(found))
  npx <- Sys.which("npx")
  if (npx != "") return(c(unname(npx), "--no-install", "interlatent"))
  stop(interlatent_error(
    "missing-command",
    paste(
      "The program interlatent is not on PATH, and there is no npx. Install Node.js 20 or later and run npm install",
      "--global interlatent, or set INTERLATENT_CLI to the path of dist/cli/main.js of a checkout."
    ),
    is_input = FALSE
  ))
}

il_call <- function(..., progress = NULL) {
  text <- call_text(c(...), progress = progress)
  if (trimws(text) == "") NULL else from_json(text)
}

# Returns what a command prints with --json, which gives its errors a code. Calls `progress` with each state of a fit.
call_text <- function(..., progress = NULL) {
  words <- c(il_command(), c(...), "--json", if (!is.null(progress)) c("--progress", "json"))
  out <- tempfile("interlatent-", fileext = ".txt")
  on.exit(unlink(out))
  result <- if (.Platform$OS.type == "windows") run_silently(words, out) else run_streaming(words, out, progress)
  if (result$status != 0L) stop(command_error(result$status, result$messages))
  paste(readLines(out, warn = FALSE, encoding = "UTF-8"), collapse = "\n")
}

# Runs a command of a POSIX shell whose messages are read while it runs.
run_streaming <- function(words, out, progress) {
  ended <- tempfile("interlatent-")
  on.exit(unlink(ended))
  quoted <- paste(shQuote(words), collapse = " ")
  con <- pipe(paste0("{ ", quoted, " 2>&1 >", shQuote(out), " </dev/null; echo $? >", shQuote(ended), "; }"), "r")
  is_open <- TRUE
  on.exit(if (is_open) close(con), add = TRUE)
  messages <- character()
  while (length(line <- readLines(con, n = 1L, warn = FALSE, encoding = "UTF-8")) > 0L) {
    if (startsWith(line, "{\"progress\":")) {
      if (!is.null(progress)) progress(from_json(line)$progress)
    } else {
      messages <- c(messages, line)
    }
  }
  close(con)
  is_open <- FALSE
  list(status = as.integer(readLines(ended)), messages = messages)
}

run_silently <- function(words, out) {
  errors <- tempfile("interlatent-")
  on.exit(unlink(errors))
  status <- suppressWarnings(system2(words[1], shQuote(words[-1]), stdout = out, stderr = errors))
  messages <- readLines(errors, warn = FALSE, encoding = "UTF-8")
  list(status = status, messages = messages[!startsWith(messages, "{\"progress\":")])
}

# Lists of objects become data frames, with columns such as `direct.estimate` for objects within them.
from_json <- function(text) jsonlite::fromJSON(text, simplifyMatrix = FALSE, flatten = TRUE)

read_json <- function(path) from_json(paste(readLines(path, warn = FALSE, encoding = "UTF-8"), collapse = "\n"))

# Returns options as flags: encoder_restarts = 2 is --encoder-restarts 2, and resume = TRUE is --resume.
flags <- function(options) {
  words <- lapply(names(options), function(name) {
    value <- options[[name]]
    flag <- paste0("--", gsub("[_.]", "-", name))
    if (is.null(value) || identical(value, FALSE)) return(NULL)
    if (identical(value, TRUE)) return(flag)
    c(flag, paste(vapply(value, plain_text, ""), collapse = ","))
  })
  as.character(unlist(words))
}

# Returns values of latents and causes as flags: list(body.z1 = "+1sd") is --set body.z1=+1sd.
setting_flags <- function(name, setting) {
  as.character(unlist(lapply(names(setting), function(variable) {
    c(paste0("--", name), paste0(variable, "=", plain_text(setting[[variable]])))
  })))
}

plain_text <- function(value) if (is.numeric(value)) sprintf("%.17g", value) else as.character(value)

print_progress <- function() {
  shown <- ""
  function(state) {
    stage <- paste0(
      if (!is.null(state$fold)) paste0("cross-fit ", state$fold + 1, ": "),
      state$stage, " (", state$stageNumber, "/", state$stages, ")"
    )
    if (stage != shown) message(stage)
    shown <<- stage
  }
}

# Returns the function to call with the progress of a fit, or NULL.
receiver <- function(progress) {
  if (is.function(progress)) progress else if (isTRUE(progress)) print_progress()
}
