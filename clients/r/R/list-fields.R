il_fields <- function(list = c("conclusions", "intervention", "run", "subjects", "metrics")) {
  result_fields[[match.arg(list)]]
}
