//! The subcommands as they are typed.

mod experiment;

use crate::command::{Command, run};
use clap::Parser;
use expect_test::{Expect, expect};
use std::fmt::Write as _;

#[derive(Debug, Parser)]
#[command(name = "gyre math")]
struct Line {
    #[command(subcommand)]
    command: Command,
}

/// Runs a line with a text as standard input: the answer, or the error with its hint.
fn said(line: &str, input: &str) -> String {
    let words = std::iter::once("math").chain(line.split(' '));
    let parsed = match Line::try_parse_from(words) {
        Ok(parsed) => parsed,
        Err(error) => return error.to_string(),
    };
    let mut out = Vec::new();
    match run(parsed.command, &mut input.as_bytes(), &mut out) {
        Ok(()) => String::from_utf8(out).unwrap(),
        Err(failure) => format!("{failure}\n{}", failure.advice().unwrap_or_default()),
    }
}

fn check(line: &str, input: &str, expected: &Expect) {
    expected.assert_eq(&said(line, input));
}

#[test]
fn a_log_is_read_and_refused() {
    let log = "click,logging,policy\n1,0.5,0.6\n0,0.5,0.4\n1,0.2,0.1\n0,0.8,0.9\n";
    let line = "ope - --reward click --logging logging --evaluation policy";
    check(
        line,
        log,
        &expect![[r#"
        evaluable               no
        logging value           0.5
        matched                 1
        weights decisions       4
        weights mean            0.90625
        weights standard error  0.160849
        weights largest         1.2
        weights largest share   0.331034
        weights effective       3.65461

        reasons
        reason                   value  says
        too_few_effective      3.65461  too few decisions count: 3.7 effective ones, 100.0 needed
        one_weight_dominates  0.331034  one decision has too large a share of all weights
    "#]],
    );
    check(
        line,
        "click,logging,policy\n1,0,0.6\n",
        &expect![[r#"
        standard input, line 2, column `logging`: 0 is no chance of what was chosen
        it must be above 0 and at most 1"#]],
    );
}

#[test]
fn customers_come_from_a_log_or_from_summaries() {
    let mut log = String::from("who,when,paid\n");
    let mut customers = String::from("x,last,age,spend\n");
    for i in 0..60_u32 {
        for k in 0..=(i * 7 % 5) {
            let day = 1 + (i + k * (3 + i % 4)) % 28;
            let month = 1 + k;
            writeln!(log, "c{i},2026-{month:02}-{day:02},{}", 10 + i % 9 + k).unwrap();
        }
        let x = i * 7 % 5;
        writeln!(customers, "{x},{},{},{}", x * 5, 26 - i % 7, if x > 0 { 10 + i % 9 } else { 0 })
            .unwrap();
    }
    let line = "clv - --customer who --date when --amount paid --until 2026-06-30 --limit 2";
    check(
        line,
        &log,
        &expect![[r#"
        customers                         60
        fit model                         bg_nbd
        fit r                             3.10433
        fit alpha                         23.1505
        fit a                             1189345
        fit b                             3266531
        fit log likelihood                -410.067
        fit convergence                   stopped
        fit relative gradient             0.000110349
        fit rounds                        41
        spend p                           89.5811
        spend q                           45.8456
        spend v                           7.87646
        spend population mean             15.7336
        spend correlation with purchases  0.185393
        spend log likelihood              -113.487
        spend convergence                 reached
        spend relative gradient           1.68623e-10
        spend rounds                      26
        ahead                             52
        expected purchases                71.1581
        expected if nobody leaves         261.791
        total value                       1070.87

        listed
        customer  purchases  last      age  alive  expected    spend    value
        c55               0     0  21.8571      1   2.12005  15.7336  31.6713
        c25               0     0  22.1429      1   2.11252  15.7336  31.5571
    "#]],
    );
    let line =
        "clv - --purchases x --last last --age age --amount spend --model pareto_nbd --limit 1";
    check(
        line,
        &customers,
        &expect![[r#"
        customers                         60
        fit model                         pareto_nbd
        fit r                             2331452
        fit alpha                         19788039
        fit s                             97776.5
        fit beta                          3237042
        fit log likelihood                -406.677
        fit convergence                   stopped
        fit relative gradient             0.0145846
        fit rounds                        500
        spend p                           399.918
        spend q                           30.5942
        spend v                           1.03188
        spend population mean             13.9442
        spend correlation with purchases  -0.0332752
        spend log likelihood              -112.861
        spend convergence                 reached
        spend relative gradient           1.91186e-7
        spend rounds                      500
        ahead                             52
        expected purchases                90.3312
        expected if nobody leaves         271.102
        total value                       1197.07

        listed
        customer  purchases  last  age     alive  expected    spend    value
              18          4    20   23  0.897604   2.77335  17.9263  47.3812
    "#]],
    );
    check(
        "clv - --customer who --date paid",
        "who,paid\na,soon\n",
        &expect![[r#"
        standard input, line 2, column `paid`: `soon` is no date
        write dates as 2026-01-31"#]],
    );
    check(
        "clv - --purchases x --last last --age age",
        "x,last,age\n1,5,3\n",
        &expect![[r#"
        standard input, line 2, column `last`: 5 cannot be, with 1 purchases at age 3
        it is from 0 to the age, and 0 without repeat purchases"#]],
    );
}

#[test]
fn channels_stand_side_by_side() {
    let paths = "path,total,nulls\nads > mail > ads,3,2\nmail,1,5\nads > search,2,1\n";
    let line = "attribution - --path path --conversions total --nulls nulls";
    check(
        line,
        paths,
        &expect![[r#"
        conversion rate  0.428571
        states           4

        channels
        channel  first  last  linear  position   markov   removal  shapley  shapley rate
        ads          5     3       3       3.4  3.15364  0.909091      2.5       3.23737
        mail         1     1       2       1.6  1.69003  0.487179      2.5       0.90404
        search       0     2       1         1  1.15633  0.333333        1       1.85859
    "#]],
    );
    check(
        line,
        "path,total,nulls\n > ,3,2\n",
        &expect![[r#"
        standard input, line 2, column `path`: there is no channel
    "#]],
    );
    check(
        line,
        "path,total,nulls\nads,-3,2\n",
        &expect![[r#"
        standard input, line 2, column `total`: it is below 0
    "#]],
    );
}

#[test]
fn a_score_is_measured() {
    let mut rows = String::from("score,outcome,treated\n");
    for i in 0..400_u32 {
        let treated = (i * 37 + 11) % 2;
        let score = f64::from(i * 7919 % 401) / 401.0;
        let helped = treated == 1 && score > 0.5;
        let outcome = u32::from(i % 5 == 0 || (helped && i % 3 == 0));
        writeln!(rows, "{score},{outcome},{treated}").unwrap();
    }
    let line = "uplift - --score score --outcome outcome --treated treated --top 0.25";
    check(
        line,
        &rows,
        &expect![[r#"
        people                          400
        treated share                   0.5
        scikit qini auc                 0.146097
        scikit qini auc no negative     0.547548
        scikit uplift auc               0.0979351
        causal ml auuc value            0.695691
        causal ml auuc standard error   2.10404
        causal ml auuc interval low     -3.42815
        causal ml auuc interval high    4.81953
        causal ml auuc p value
        causal ml qini value            0.25534
        causal ml qini standard error   2.33668
        causal ml qini interval low     -4.32447
        causal ml qini interval high    4.83515
        causal ml qini p value          0.912985
        causal ml autoc value           -0.0269971
        causal ml autoc standard error  0.122643
        causal ml autoc interval low    -0.267373
        causal ml autoc interval high   0.213379
        causal ml autoc p value         0.825772

        top
           k     value  standard error  interval low  interval high     p value  alpha  bootstrap low  bootstrap high
        0.25  0.248663       0.0936416     0.0651289       0.432197  0.00791966   0.05      0.0687002        0.427833
    "#]],
    );
    check(
        line,
        "score,outcome,treated\n1,1,2\n",
        &expect![[r#"
        standard input, line 2, column `treated`: 2 is neither 0 nor 1
    "#]],
    );
}

#[test]
fn drift_looks_at_columns() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, shift: u32| {
        let mut rows = String::from("age,place\n");
        for i in 0..500_u32 {
            let place = ["town", "land", "sea"][((i + shift * (i % 2)) % 3) as usize];
            writeln!(rows, "{},{place}", 20 + (i * 37) % 61 + shift).unwrap();
        }
        let path = folder.path().join(name);
        std::fs::write(&path, rows).unwrap();
        path.display().to_string()
    };
    let (before, now) = (write("a.csv", 0), write("b.csv", 5));
    check(
        &format!("drift {before} {now}"),
        "",
        &expect![[r#"
        column  kind        drifted  reference  current           psi  psi bins  psi quantiles  psi critical     ks  ks p value  wasserstein  wasserstein over sd  jensen shannon  chi square  chi square p value
        age     numbers     yes            500      500      0.290918        11       0.629285     0.0676759  0.086   0.0495453            5             0.283703        0.179749
        place   categories  no             500      500  0.0000239524         3                    0.0239659                                                           0.00173033  0.00598808             0.99701
    "#]],
    );
    check(
        &format!("drift {before} {before} --column age --json"),
        "",
        &expect![[r#"
        [
          {
            "column": "age",
            "kind": "numbers",
            "drifted": false,
            "reference": 500,
            "current": 500,
            "psi": 0.0,
            "psi_bins": 11,
            "psi_quantiles": 0.0,
            "psi_critical": 0.06767591041848173,
            "ks": 0.0,
            "ks_p_value": 1.0,
            "wasserstein": 0.0,
            "wasserstein_over_sd": 0.0,
            "jensen_shannon": 0.0
          }
        ]
    "#]],
    );
}

#[test]
fn a_request_comes_from_standard_input() {
    check(
        "bandit --input -",
        r#"{"epsilon_greedy": {"scores": [1, 2], "epsilon": 0.1}}"#,
        &expect![[r#"
            probabilities  0.05 0.95
        "#]],
    );
    check(
        "experiment --input -",
        r#"{"srm": {"observed": [1], "shares": [1, 2]}}"#,
        &expect![[r#"
        standard input: srm: 1 values against 2
        lists that belong together must be equally long"#]],
    );
    check(
        "experiment --input /nowhere/at-all.json",
        "",
        &expect![[r#"
        /nowhere/at-all.json cannot be read: No such file or directory (os error 2)
    "#]],
    );
}
