//! Answers as people read them: names beside numbers, and tables with six digits that count.

use crate::answer::Node;

/// An answer as text, with its last line ended.
pub(crate) fn text(answer: &Node) -> String {
    let mut out = String::new();
    block(answer, "", &mut out);
    out
}

fn block(node: &Node, name: &str, out: &mut String) {
    match node {
        Node::Fields(_) => fields(node, name, out),
        Node::List(all) if all.iter().any(|one| matches!(one, Node::Fields(_))) => {
            heading(name, out);
            table(all, out);
        }
        Node::List(all) if all.iter().any(|one| matches!(one, Node::List(_))) => {
            heading(name, out);
            rows(all, out);
        }
        other => {
            out.push_str(&cell(other));
            out.push('\n');
        }
    }
}

fn heading(name: &str, out: &mut String) {
    if name.is_empty() {
        return;
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str(&words(name));
    out.push('\n');
}

/// What is small in two columns, then what is long under its name.
fn fields(node: &Node, name: &str, out: &mut String) {
    heading(name, out);
    let mut flat = Vec::new();
    let mut long = Vec::new();
    flatten("", node, &mut |name, value| {
        if is_long(value) {
            long.push((name, value.clone()));
        } else {
            flat.push((name, cell(value)));
        }
    });
    let width = flat.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, value) in flat {
        out.push_str(format!("{:width$}  {value}", words(&name)).trim_end());
        out.push('\n');
    }
    for (name, value) in long {
        block(&value, &name, out);
    }
}

/// Lists that need lines of their own.
fn is_long(node: &Node) -> bool {
    match node {
        Node::List(all) => all.iter().any(|one| matches!(one, Node::Fields(_) | Node::List(_))),
        _ => false,
    }
}

fn flatten(above: &str, node: &Node, act: &mut impl FnMut(String, &Node)) {
    let Node::Fields(all) = node else { return act(above.to_owned(), node) };
    for (name, value) in all {
        let path = if above.is_empty() { name.clone() } else { format!("{above} {name}") };
        flatten(&path, value, act);
    }
}

/// Rows of the same fields; columns are as wide as their widest cell, numbers to the right.
fn table(all: &[Node], out: &mut String) {
    let mut titles: Vec<String> = Vec::new();
    let mut lines: Vec<Vec<(String, String)>> = Vec::new();
    for one in all {
        let mut line = Vec::new();
        flatten("", one, &mut |name, value| {
            if !titles.contains(&name) {
                titles.push(name.clone());
            }
            line.push((name, cell(value)));
        });
        lines.push(line);
    }
    let found = |line: &[(String, String)], title: &str| {
        line.iter().find(|(name, _)| name == title).map_or(String::new(), |(_, cell)| cell.clone())
    };
    let mut grid: Vec<Vec<String>> = vec![titles.iter().map(|title| words(title)).collect()];
    grid.extend(lines.iter().map(|line| titles.iter().map(|title| found(line, title)).collect()));
    align(&grid, out);
}

fn rows(all: &[Node], out: &mut String) {
    let grid: Vec<Vec<String>> = all
        .iter()
        .map(|row| match row {
            Node::List(cells) => cells.iter().map(cell).collect(),
            other => vec![cell(other)],
        })
        .collect();
    align(&grid, out);
}

fn align(grid: &[Vec<String>], out: &mut String) {
    let columns = grid.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|i| grid.iter().filter_map(|row| row.get(i)).map(|c| c.chars().count()).max())
        .map(Option::unwrap_or_default)
        .collect();
    let is_number = |i: usize| {
        let mut cells = grid.iter().skip(1).filter_map(|row| row.get(i)).filter(|c| !c.is_empty());
        cells.all(|cell| cell.starts_with(['-', '.']) || cell.starts_with(|c: char| c.is_numeric()))
    };
    let right: Vec<bool> = (0..columns).map(is_number).collect();
    for row in grid {
        let cells = row.iter().enumerate().map(|(i, cell)| {
            let width = widths[i];
            if right[i] { format!("{cell:>width$}") } else { format!("{cell:width$}") }
        });
        out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

fn cell(node: &Node) -> String {
    match node {
        Node::None | Node::Fields(_) => String::new(),
        Node::Number(value) if value.is_infinite() => String::new(),
        Node::Number(value) => number(*value),
        Node::Count(count) => count.to_string(),
        Node::Text(text) => text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
        Node::Flag(true) => "yes".to_owned(),
        Node::Flag(false) => "no".to_owned(),
        Node::List(all) => {
            let some: Vec<String> = all.iter().take(12).map(cell).collect();
            let more =
                if all.len() > 12 { format!(" … ({} in all)", all.len()) } else { String::new() };
            format!("{}{more}", some.join(" "))
        }
    }
}

/// Six digits that count.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        return "0".to_owned();
    }
    if !(1e-5..1e9).contains(&size) {
        return format!("{value:.5e}");
    }
    let whole = size.log10().floor() as i32 + 1;
    let digits = (6 - whole).clamp(0, 10) as usize;
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::fields;
    use expect_test::expect;

    #[test]
    fn numbers_have_six_digits_that_count() {
        let said = [0.0, 1.0, -0.5, 0.000_123_456_78, 1234.5, 123_456_789.0, 1e-9, 1e12, 0.05];
        expect!["0 1 -0.5 0.000123457 1234.5 123456789 1.00000e-9 1.00000e12 0.05"]
            .assert_eq(&said.map(number).join(" "));
    }

    #[test]
    fn small_things_stand_above_tables() {
        let row = |name: &str, value: f64| fields! { "name": name, "interval": fields! { "low": value, "high": f64::INFINITY } };
        let answer = fields! {
            "evaluable": true, "rows": Node::List(vec![row("a", 1.0), row("bcd", -0.25)]),
            "p_values": vec![0.5, 0.25], "matrix": vec![vec![0.1, 0.9], vec![0.25, 0.75]],
        };
        expect![[r"
            evaluable  yes
            p values   0.5 0.25

            rows
            name  interval low  interval high
            a                1
            bcd          -0.25

            matrix
             0.1   0.9
            0.25  0.75
        "]]
        .assert_eq(&text(&answer));
    }
}
