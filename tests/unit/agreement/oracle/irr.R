# Agreement of readers by irr of R, on studies made here; run in this folder: Rscript irr.R
# Where irr is not installed but its sources are at hand: Rscript irr.R FOLDER_OF_ITS_R_FILES VERSION
# icc(twoway, agreement) is ICC(2,1); kappa2 is Cohen's kappa, which for yes and no is the same with
# equal and squared weights. Bland-Altman and its intervals are of base R: t.test, sd, qchisq.

given <- commandArgs(trailingOnly = TRUE)
if (length(given)) {
  for (file in c("icc.R", "kappa2.R")) source(file.path(given[1], file))
  version <- given[2]
} else {
  suppressMessages(library(irr))
  version <- as.character(packageVersion("irr"))
}

set.seed(20260102)
visits <- c("baseline", "week14")
quadrants <- c("left_ilium_upper", "left_sacrum_lower")

# volumes of n subjects at two visits by some readers: an array n x visits x readers
volumes <- function(n, readers, bias = 0, sd = 0.5, digits = 3) {
  truth <- ifelse(runif(n) < 0.3, 0, rexp(n, 1 / 2.5))
  truth <- cbind(truth, truth * runif(n, 0, 1.2))
  found <- array(0, c(n, 2, readers))
  for (k in seq_len(readers))
    found[, , k] <- round(pmax(truth * (1 + bias * (k - 1)) + rnorm(2 * n, 0, sd), 0), digits)
  found
}
missing <- function(x, share) { x[runif(length(x)) < share] <- NA; x }
constant <- function(x, k, value) { x[, , k] <- value; x }
shifted <- function(x, by) { x[, , 2] <- x[, , 1] + by; x }
studies <- list(
  two = volumes(14, 2),
  three_biased = volumes(16, 3, bias = 0.4),
  ties = volumes(12, 3, sd = 1, digits = 0),          # whole numbers, as scores are
  missing = missing(volumes(20, 3), 0.15),
  few_left = missing(volumes(12, 3), 0.4),            # fewer than six subjects for some questions
  constant_reader = constant(volumes(10, 2), 2, 0),   # one who never sees anything
  one_of_three_constant = constant(volumes(10, 3), 3, 1.5),
  shifted = shifted(volumes(8, 2, digits = 2), 0.75), # two who differ by the same everywhere
  identical = shifted(volumes(8, 2), 0),
  nothing = constant(constant(volumes(7, 2), 1, 0), 2, 0),
  opposed = { x <- volumes(9, 2); x[, , 2] <- 5 - x[, , 1]; x },
  unrelated = volumes(15, 3, sd = 6)
)
# who sees edema in two of the quadrants, as yes and no; of some of them chance alone decides
seen <- function(volume, quadrant) {
  yes <- volume > c(0.4, 1.6)[quadrant]
  flip <- runif(length(yes)) < 0.1
  ifelse(flip & !is.na(yes), !yes, yes)
}

expected <- list()
told <- function(...) expected[[length(expected) + 1]] <<- data.frame(...)
number <- function(x) if (length(x) != 1 || !is.finite(x)) NA else x
statistics <- function(study, followup, ratings) {
  k <- ncol(ratings)
  names <- paste0("R", seq_len(k))
  groups <- combn(k, 2, simplify = FALSE)
  if (k > 2) groups <- c(groups, list(seq_len(k)))
  for (group in groups) {
    both <- na.omit(ratings[, group])
    n <- nrow(both)
    who <- if (length(group) > 2) paste("all", k, "readers") else paste(names[group], collapse = " with ")
    if (n < 2) next
    found <- suppressWarnings(icc(ratings[, group], "twoway", "agreement"))
    told(study, statistic = "icc_2_1", followup, region = "", against = who, n,
         value = number(found$value), low = number(found$lbound), high = number(found$ubound))
    if (length(group) > 2) next
    d <- both[, 1] - both[, 2]
    s <- sd(d); z <- qnorm(0.975)
    mean_ci <- if (s > 1e-12) t.test(d)$conf.int else rep(mean(d), 2)
    told(study, statistic = "bias", followup, region = "", against = who, n, value = mean(d),
         low = mean_ci[1], high = mean_ci[2])
    half <- qt(0.975, n - 1) * s * sqrt(1 / n + z^2 / (2 * (n - 1)))
    for (side in c(-1, 1)) {
      limit <- mean(d) + side * z * s
      told(study, statistic = if (side < 0) "limit_of_agreement_low" else "limit_of_agreement_high",
           followup, region = "", against = who, n, value = limit, low = limit - half,
           high = limit + half)
    }
    ends <- z * s * sqrt((n - 1) / qchisq(c(0.975, 0.025), n - 1))
    told(study, statistic = "sdc", followup, region = "", against = who, n, value = z * s,
         low = ends[1], high = ends[2])
  }
}
kappas <- function(study, answers) {  # an array n x visits x readers x quadrants
  k <- dim(answers)[3]
  for (pair in combn(k, 2, simplify = FALSE)) {
    who <- paste(paste0("R", pair), collapse = " with ")
    for (q in seq_along(quadrants)) {
      both <- cbind(as.vector(answers[, , pair[1], q]), as.vector(answers[, , pair[2], q]))
      n <- nrow(na.omit(both))
      if (!n) next
      of <- sapply(c("unweighted", "equal", "squared"), function(w) kappa2(both, w)$value)
      stopifnot(all(is.nan(of)) || max(of) - min(of) < 1e-12)  # two answers: weights change nothing
      told(study, statistic = "kappa", followup = "", region = quadrants[q], against = who, n,
           value = number(of[[1]]), low = NA, high = NA)
    }
  }
}
read <- list()
for (study in names(studies)) {
  x <- studies[[study]]
  n <- dim(x)[1]; k <- dim(x)[3]
  for (v in seq_along(visits)) statistics(study, visits[v], matrix(x[, v, ], n, k))
  statistics(study, "change to week14", matrix(x[, 2, ] - x[, 1, ], n, k))
  answers <- array(NA, c(dim(x), 2))
  for (q in 1:2) answers[, , , q] <- seen(x, q)
  if (study == "constant_reader") answers[, , 2, ] <- FALSE
  kappas(study, answers)
  at <- expand.grid(subject = sprintf("S%02d", seq_len(n)), visit = visits, reader = paste0("R", seq_len(k)))
  rows <- cbind(study, at, edema_ml = as.vector(x), upper = as.integer(answers[, , , 1]),
                lower = as.integer(answers[, , , 2]))
  read[[study]] <- rows[!is.na(rows$edema_ml), ]
}
write <- function(rows, name) {
  frame <- do.call(rbind, rows)
  numeric <- sapply(frame, is.double)
  frame[numeric] <- lapply(frame[numeric], function(x) ifelse(is.na(x), "", sprintf("%.10g", x)))
  write.csv(frame, name, row.names = FALSE, quote = FALSE, na = "")
}
write(read, "irr_readings.csv")
write(expected, "irr_expected.csv")
writeLines(c(paste0("R ", getRversion(), ", irr ", version)), "irr_version.txt")
