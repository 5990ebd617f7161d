# What R says of seven simulated trials. Run in this folder: Rscript expected.R
# Writes trials.csv (the trials) and expected.json (the answers, with the versions used).
#
# Packages (Debian: r-cran-nlme r-cran-survival r-cran-coin r-cran-numderiv r-cran-jsonlite).
# The repeated-measures model is fitted twice, by code that shares nothing: by nlme::gls
# (general correlation, one variance per visit, REML), and by maximizing the restricted
# likelihood written out below; degrees of freedom are Satterthwaite's by numerical
# derivatives of the latter, the definition that the package mmrm uses.
suppressPackageStartupMessages({
  library(nlme); library(survival); library(coin); library(numDeriv); library(jsonlite)
})

# ---- trials -------------------------------------------------------------------------------
simulate <- function(name, n, visits, sd, floor, missing, effect, seed, ratio = 0.5) {
  set.seed(seed)
  arm <- rep(c("drug", "placebo"), times = c(round(n * ratio), n - round(n * ratio)))
  severity <- rnorm(n)
  latent <- function(shift, spread) 4 + shift + 2.5 * severity + rnorm(n, 0, spread)
  volume <- function(x) if (floor) round(pmax(x, 0)^1.4, 3) else round(x + 10, 3)
  baseline <- volume(latent(0, 1) - 2 * floor)
  rows <- do.call(rbind, lapply(seq_len(visits), function(v) {
    x <- latent(-1 - 0.3 * v - effect * v / visits * (arm == "drug"), sd[v])
    data.frame(trial = name, subject = sprintf("%02d", seq_len(n)), arm = arm,
               visit = paste0("v", v), baseline = baseline, followup = volume(x - 2 * floor))
  }))
  lost <- rows$visit != "v1" & runif(nrow(rows)) < missing
  rows <- rows[!lost, ]
  rows[order(rows$subject, rows$visit), ]
}
trials <- rbind(
  simulate("complete", 40, 3, c(1, 1.5, 2), FALSE, 0, 1.5, 101),
  simulate("missing visits", 44, 3, c(1, 1.5, 2), FALSE, 0.25, 1.0, 102),
  simulate("floor", 50, 2, c(1.5, 1.5), TRUE, 0, 1.0, 103),
  simulate("floor and missing visits", 48, 3, c(1.5, 1.5, 1), TRUE, 0.2, 1.5, 104),
  simulate("small", 15, 2, c(1, 1), FALSE, 0.2, 2.0, 105),
  simulate("unequal arms and four visits", 60, 4, c(0.5, 1, 2, 3), FALSE, 0.15, 0.5, 106, 2 / 3),
  simulate("mostly without edema", 36, 2, c(1, 1), TRUE, 0.1, 3.0, 108)
)
write.csv(trials, "trials.csv", row.names = FALSE, quote = FALSE)

# ---- repeated measures ----------------------------------------------------------------------
design <- function(d) {
  v <- factor(d$visit); centred <- d$baseline - mean(tapply(d$baseline, d$subject, mean))
  if (nlevels(v) == 1) stop("one visit")
  model.matrix(~ 0 + v + v:treated + v:centred, data.frame(v, treated = d$arm == "drug", centred))
}
# keep the three blocks in one order: visit, treated at visit, baseline at visit
block <- function(x, m) x[, c(1:m, grep("treatedTRUE", colnames(x)), grep("centred", colnames(x)))]

restricted <- function(d, x, m) {
  y <- d$followup - d$baseline
  index <- split(seq_along(y), d$subject); at <- as.integer(factor(d$visit))
  sigma_of <- function(theta) {
    l <- matrix(0, m, m); l[lower.tri(l, TRUE)] <- theta; diag(l) <- exp(diag(l)); l %*% t(l)
  }
  pieces <- function(theta) {
    s <- sigma_of(theta); a <- 0; b <- 0; c <- 0; ld <- 0
    for (i in index) {
      v <- s[at[i], at[i], drop = FALSE]; w <- solve(v); xi <- x[i, , drop = FALSE]
      a <- a + t(xi) %*% w %*% xi; b <- b + t(xi) %*% w %*% y[i]
      c <- c + drop(t(y[i]) %*% w %*% y[i]); ld <- ld + log(det(v))
    }
    list(a = a, b = b, c = c, ld = ld)
  }
  minus <- function(theta) {
    q <- tryCatch(pieces(theta), error = function(e) NULL)
    if (is.null(q)) return(1e6)
    beta <- solve(q$a, q$b)
    0.5 * (q$ld + log(det(q$a)) + q$c - sum(q$b * beta) + (length(y) - ncol(x)) * log(2 * pi))
  }
  start <- diag(log(sd(y)), m); theta <- start[lower.tri(start, TRUE)]
  for (k in 1:6) theta <- optim(theta, minus, method = "BFGS",
                                control = list(maxit = 2000, reltol = 1e-15))$par
  theta <- nlm(minus, theta, gradtol = 1e-9, steptol = 1e-10, iterlim = 500)$estimate
  info <- solve(hessian(minus, theta))
  q <- pieces(theta); cov <- solve(q$a); beta <- drop(cov %*% q$b)
  variances <- function(theta) diag(solve(pieces(theta)$a))
  g <- jacobian(variances, theta)
  list(estimate = beta, error = sqrt(diag(cov)), sigma = sigma_of(theta),
       log_likelihood = -minus(theta), df = 2 * diag(cov)^2 / rowSums((g %*% info) * g))
}

repeated <- function(d) {
  m <- length(unique(d$visit)); x <- block(design(d), m)
  own <- restricted(d, x, m)
  d$y <- d$followup - d$baseline; d$t <- as.integer(factor(d$visit))
  frame <- cbind(d, x); terms <- paste0("x", seq_len(ncol(x)))
  names(frame)[(ncol(d) + 1):ncol(frame)] <- terms
  g <- gls(as.formula(paste("y ~ 0 +", paste(terms, collapse = "+"))), frame,
           correlation = corSymm(form = ~ t | subject), weights = varIdent(form = ~ 1 | t),
           method = "REML", control = glsControl(maxIter = 500, msMaxIter = 500, tolerance = 1e-10,
                                                 msTol = 1e-12, opt = "nlminb"))
  pick <- (m + 1):(2 * m)
  list(visits = sort(unique(d$visit)),
       gls = list(difference = unname(coef(g)[pick]), error = unname(sqrt(diag(vcov(g)))[pick]),
                  log_likelihood = as.numeric(logLik(g))),
       likelihood = list(difference = unname(own$estimate[pick]), error = unname(own$error[pick]),
                         df = unname(own$df[pick]), log_likelihood = own$log_likelihood,
                         sigma = own$sigma,
                         p = unname(2 * pt(-abs(own$estimate / own$error)[pick], own$df[pick]))))
}

# ---- edema with many zeros -----------------------------------------------------------------
limited <- function(d) {
  d <- d[d$visit == "v1", ]; d$treated <- as.numeric(d$arm == "drug")
  d$change <- d$followup - d$baseline
  d$after <- d$followup^(1 / 3); d$before <- d$baseline^(1 / 3) - mean(d$baseline^(1 / 3))
  f <- survreg(Surv(after, after > 0, type = "left") ~ treated + before, d, dist = "gaussian",
               control = survreg.control(rel.tolerance = 1e-12, maxiter = 200))
  cubes <- summary(lm(after ~ treated + before, d))$coefficients["treated", ]
  d$g <- factor(d$arm, levels = c("drug", "placebo"))
  rank_sum <- wilcox_test(change ~ g, d, distribution = "exact")
  signed <- wilcoxsign_test(followup ~ baseline, d, zero.method = "Pratt", distribution = "exact")
  ra <- rank(d$followup); rb <- rank(d$baseline)
  quade <- anova(lm(residuals(lm(ra ~ rb)) ~ g, d))
  list(n_zero = sum(d$followup == 0),
       tobit = list(difference = unname(coef(f)["treated"]),
                    error = unname(sqrt(diag(vcov(f)))["treated"]), scale = f$scale,
                    log_likelihood = f$loglik[2]),
       cube_root = list(difference = unname(cubes[1]), p = unname(cubes[4])),
       rank_sum_p = as.numeric(pvalue(rank_sum)), signed_rank_p = as.numeric(pvalue(signed)),
       quade_p = quade[["Pr(>F)"]][1])
}

# ---- small samples -------------------------------------------------------------------------
small <- list(
  spearman = lapply(list(list(1:6, c(1, 3, 2, 5, 4, 6)), list(1:6, c(2, 1, 4, 3, 6, 5)),
                         list(1:8, c(3, 1, 2, 4, 8, 5, 7, 6))), function(p) {
    list(x = p[[1]], y = p[[2]],
         p = cor.test(p[[1]], p[[2]], method = "spearman", exact = TRUE)$p.value)
  }),
  signed_rank = lapply(list(c(-3, -1, -2, 0, 0, -5, 4), c(-1, -1, 2, -3, -3, -3, 2, 0),
                            c(-1.5, -2.5, -3.5, -0.5, -4.5, -6)), function(x) {
    list(x = x, p = as.numeric(pvalue(wilcoxsign_test(
      x ~ rep(0, length(x)), zero.method = "Pratt", distribution = "exact"))))
  }),
  rank_sum = lapply(list(list(c(0, 0, 0, 1, 2, 2), c(0, 1, 3, 4, 4, 5, 7)),
                         list(c(1.1, 2.2, 3.3, 4.4, 5.5, 6.6), c(7, 8, 9, 10, 11, 12))), function(p) {
    d <- data.frame(y = unlist(p), g = factor(rep(1:2, lengths(p))))
    list(x = p[[1]], y = p[[2]], p = as.numeric(pvalue(wilcox_test(y ~ g, d, distribution = "exact"))))
  }),
  hodges_lehmann = (function() {
    x <- c(-3.1, -1.2, -2.7, 0.4, -0.9, -5.3, 1.8, -2.2); y <- c(0.3, 1.1, -0.7, 2.9, 0.2, -1.6, 3.7)
    one <- wilcox.test(x, conf.int = TRUE, exact = TRUE); two <- wilcox.test(x, y, conf.int = TRUE, exact = TRUE)
    list(x = x, y = y, one = c(one$estimate, one$conf.int), two = c(two$estimate, two$conf.int),
         one_p = one$p.value, two_p = two$p.value)
  })()
)

parts <- split(trials, factor(trials$trial, unique(trials$trial)))
versions <- sapply(c("nlme", "survival", "coin", "numDeriv"),
                   function(p) as.character(packageVersion(p)))
write_json(list(made_by = c(list(R = R.version.string), as.list(versions)),
                repeated_measures = lapply(parts, repeated),
                limited = lapply(parts[grepl("edema|floor", names(parts))], limited),
                small = small),
           "expected.json", auto_unbox = TRUE, digits = 10, pretty = TRUE)
