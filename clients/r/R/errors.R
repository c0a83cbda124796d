# Errors of the command line and of servers as conditions with a code.

# Returns a condition. Handle it with tryCatch(..., interlatent_error = function(error) error$code).
interlatent_error <- function(code, message, details = list(), is_input = TRUE, status = NULL) {
  classes <- c(if (is_input) "interlatent_input_error", "interlatent_error", "error", "condition")
  structure(
    class = classes,
    list(message = paste0("[", code, "] ", message), call = NULL, code = code, details = details, status = status)
  )
}

# Returns the error that a command printed.
command_error <- function(exit_code, messages) {
  for (line in rev(messages)) {
    content <- if (startsWith(line, "{")) tryCatch(jsonlite::fromJSON(line), error = function(e) NULL)
    error <- content$error
    if (!is.null(error$code)) {
      return(interlatent_error(error$code, error$message, as.list(error$details), exit_code == 2L))
    }
  }
  text <- trimws(paste(messages, collapse = "\n"))
  if (text == "") text <- paste0("The command ended with exit code ", exit_code, " and printed nothing.")
  code <- if (exit_code == 130L) "interrupted" else if (exit_code == 2L) "usage" else "unexpected"
  interlatent_error(code, text, is_input = exit_code == 2L)
}
