//! Experiments and their power, as they are typed.

use super::check;
use expect_test::expect;

/// Three people of each arm.
const PEOPLE: &str = "arm,bought,spent,visits,before\n\
    control,0,0,1,1\ncontrol,1,20,2,4\ncontrol,0,0,1,2\ncontrol,1,12,3,3\n\
    mail,1,30,2,3\nmail,1,25,1,5\nmail,0,0,2,1\nmail,1,18,2,2\n";

#[test]
fn an_experiment_is_summed_row_by_row() {
    check(
        "experiment - --arm arm --metric bought,spent --absolute",
        PEOPLE,
        &expect![[r#"
        balance statistic          0
        balance dof                1
        balance p value            1
        balance smallest expected  4
        balance is mismatch        no
        scale                      absolute
        alpha                      0.05

        arms
        arm      people
        control       4
        mail          4

        lifts
        metric  arm   control mean   mean   lift  standard error       low     high  p value  p holm  always valid low  always valid high  always valid p  chance to win  risk control  risk treated
        bought  mail           0.5   0.75   0.25        0.330719  -0.56326  1.06326  0.47887  0.5217          -6.98698            7.48698               1       0.775154      0.292937     0.0429368
        spent   mail             8  18.25  10.25         8.18917  -10.1873  30.6873  0.26085  0.5217           -168.95             189.45        0.996493       0.894652       10.6628      0.412836
    "#]],
    );
    check(
        "experiment - --arm arm --metric spent --denominator visits",
        PEOPLE,
        &expect![[r#"
        balance statistic          0
        balance dof                1
        balance p value            1
        balance smallest expected  4
        balance is mismatch        no
        scale                      relative
        alpha                      0.05

        arms
        arm      people
        control       4
        mail          4

        lifts
        metric  arm   control mean     mean     lift  standard error      low    high  p value   p holm  always valid low  always valid high  always valid p  chance to win  risk control  risk treated
        spent   mail       4.57143  10.4286  1.28125         1.43675  -2.6139  5.1764  0.42004  0.42004          -30.1586            32.7211               1       0.813741       1.42773      0.146485
    "#]],
    );
    check(
        "experiment - --arm arm --metric spent --before before",
        PEOPLE,
        &expect![[r#"
        balance statistic          0
        balance dof                1
        balance p value            1
        balance smallest expected  4
        balance is mismatch        no
        scale                      relative
        alpha                      0.05

        arms
        arm      people
        control       4
        mail          4

        lifts
        metric  arm   control mean   mean     lift  standard error       low     high   p value    p holm  always valid low  always valid high  always valid p  chance to win  risk control  risk treated    theta  variance reduction
        spent   mail             8  18.25  1.07545         1.06332  -1.94841  4.09931  0.372225  0.372225          -22.1927            24.3436        0.999896        0.84409       1.16213     0.0866824  6.58559            0.670614
    "#]],
    );
}

#[test]
fn what_an_experiment_lacks_is_said() {
    check(
        "experiment - --arm arm --metric spent --control mail --shares mail=9",
        PEOPLE,
        &expect![[r#"
            balance statistic
            balance dof                0
            balance p value            0
            balance smallest expected  4
            balance is mismatch        yes
            scale                      relative
            alpha                      0.05

            arms
            arm      people
            mail          4
            control       4

            lifts
            metric  arm      control mean  mean       lift  standard error       low      high   p value    p holm  always valid low  always valid high  always valid p  chance to win  risk control  risk treated
            spent   control         18.25     8  -0.561644        0.311292  -1.33852  0.215231  0.125213  0.125213          -7.37352            6.25023           0.986      0.0355974    0.00439675      0.566041
        "#]],
    );
    check(
        "experiment - --arm arm --metric spent --control none",
        PEOPLE,
        &expect![[r#"
        no row is of the arm `none`
        --control names one of: control, mail"#]],
    );
    check(
        "experiment - --arm arm --metric spent --shares mail:9",
        PEOPLE,
        &expect![[r#"
        --shares mail:9: there is no `=`
        write --shares control=1,treated=1, with a weight for every arm"#]],
    );
    check(
        "experiment - --arm arm",
        PEOPLE,
        &expect![[r#"
        nothing says which column metric is
        name it, --metric COLUMN, or give a request, --input FILE"#]],
    );
    check(
        "experiment",
        "",
        &expect![[r#"
        there is neither a file of rows nor a request
        name a CSV or Parquet file, or give a request, --input FILE"#]],
    );
    check(
        "experiment - --arm arm --metric flat",
        "arm,flat\ncontrol,1\ncontrol,1\nb,1\nb,1\n",
        &expect![[r#"
            metric `flat`, arm `b`: variance is zero
            all values are the same, so nothing can be said about chance"#]],
    );
}

#[test]
fn power_is_asked_three_ways() {
    check(
        "power --rate 0.05 --effect 0.2",
        "",
        &expect![[r#"
        units   19591
        effect  0.2
        power   0.8
    "#]],
    );
    check(
        "power --rate 0.05 --units 16316 --json",
        "",
        &expect![[r#"
        {
          "effect": 0.22223630078353263,
          "units": 16316.0,
          "power": 0.8
        }
    "#]],
    );
    check(
        "power --mean 10 --sd 30 --effect 1 --absolute --units 30000 --expected-units 5000",
        "",
        &expect![[r#"
            power   0.386445
            effect  1
            units   30000
        "#]],
    );
    check(
        "power --rate 0.05",
        "",
        &expect![[r#"
        nothing says what is looked for
        --effect gives the people needed, --units the smallest effect, both the power"#]],
    );
    check(
        "power --effect 0.1",
        "",
        &expect![[r#"
        nothing says what control's metric is
        give --rate, or --mean and --sd, or a request, --input FILE"#]],
    );
    check(
        "power --rate 5 --effect 0.1",
        "",
        &expect![[r#"
        rate is 5, must be between 0 and 1
    "#]],
    );
}
