# Agreement of readers by psych of R, on ratings made here; run in this folder: Rscript expected.R
# ICC2 is ICC(2,1) of Shrout & Fleiss 1979; cohen.kappa has the interval of Fleiss, Cohen &
# Everitt 1969. Volumes are skewed with zeros, as edema is; two, three and five readers.

suppressMessages(library(psych))

set.seed(20260101)
volumes <- function(n, readers, bias, sd) {
  truth <- ifelse(runif(n) < 0.3, 0, rexp(n, 1 / 2.5))
  sapply(seq_len(readers), function(k) round(pmax(truth * (1 + bias * (k - 1)) + rnorm(n, 0, sd), 0), 3))
}
sets <- list(
  two_readers = volumes(12, 2, 0.1, 0.4),
  three_readers_with_bias = volumes(20, 3, 0.4, 0.6),
  five_readers = volumes(8, 5, 0, 0.3),
  poor = volumes(15, 2, 0, 4)
)
number <- function(x) sprintf("%.12g", x)
row_text <- function(x) paste0("[", paste(number(x), collapse = ", "), "]")
icc <- sapply(names(sets), function(name) {
  m <- sets[[name]]
  found <- ICC(m, lmer = FALSE)$results["Single_random_raters", ]
  paste0("    \"", name, "\": {\"ratings\": [", paste(apply(m, 1, row_text), collapse = ", "),
         "], \"value\": ", number(found[["ICC"]]), ", \"low\": ", number(found[["lower bound"]]),
         ", \"high\": ", number(found[["upper bound"]]), "}")
})

tables <- list(agree = c(40, 3, 5, 112), disagree = c(10, 20, 14, 16), rare = c(2, 3, 1, 154))
kappa <- sapply(names(tables), function(name) {
  m <- matrix(tables[[name]], 2, byrow = TRUE)
  found <- cohen.kappa(m, n.obs = sum(m))$confid["unweighted kappa", ]
  paste0("    \"", name, "\": {\"counts\": ", row_text(tables[[name]]), ", \"value\": ",
         number(found[["estimate"]]), ", \"low\": ", number(found[["lower"]]), ", \"high\": ",
         number(found[["upper"]]), "}")
})
cat("{\n  \"software\": \"R ", as.character(getRversion()), ", psych ",
    as.character(packageVersion("psych")), "\",\n  \"icc\": {\n", paste(icc, collapse = ",\n"),
    "\n  },\n  \"kappa\": {\n", paste(kappa, collapse = ",\n"), "\n  }\n}\n", sep = "",
    file = "expected.json")
