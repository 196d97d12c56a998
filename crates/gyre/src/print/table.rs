//! A table with aligned columns.

use serde_json::Value;
use std::fmt;

/// Which side of its column a cell stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

/// Rows under titles; columns are as wide as their widest cell.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    columns: Vec<(String, Side)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with columns; a title that begins with `>` makes a column of numbers, set to the right.
    pub(crate) fn new(titles: &[&str]) -> Self {
        let column = |title: &&str| match title.strip_prefix('>') {
            Some(title) => (title.to_owned(), Side::Right),
            None => ((*title).to_owned(), Side::Left),
        };
        Self { columns: titles.iter().map(column).collect(), rows: Vec::new() }
    }
    /// A table of a query's answer; columns that hold numbers only stand on the right.
    pub(crate) fn of_values(titles: &[String], rows: &[Vec<Value>]) -> Self {
        let columns = titles.iter().enumerate().map(|(index, title)| {
            let mut cells = rows.iter().filter_map(|row| row.get(index)).peekable();
            let numbers =
                cells.peek().is_some() && cells.all(|cell| cell.is_number() || cell.is_null());
            (title.clone(), if numbers { Side::Right } else { Side::Left })
        });
        let rows = rows.iter().map(|row| row.iter().map(cell).collect());
        Self { columns: columns.collect(), rows: rows.collect() }
    }
    /// Adds a row.
    pub(crate) fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }
    /// Whether it has no rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn width(&self, index: usize, title: &str) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(index));
        cells.map(|cell| cell.chars().count()).fold(title.chars().count(), usize::max)
    }
}

/// A JSON value as a cell: what is null is empty, and what would break the line does not.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => plain(text),
        other => other.to_string(),
    }
}

/// A text without what would break a line or steer a terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths: Vec<usize> = self
            .columns
            .iter()
            .enumerate()
            .map(|(index, (title, _))| self.width(index, title))
            .collect();
        let titles = self.columns.iter().map(|(title, _)| title.as_str()).collect();
        let rows = self.rows.iter().map(|row| row.iter().map(String::as_str).collect());
        for row in std::iter::once(titles).chain(rows) {
            let row: Vec<&str> = row;
            let mut line = String::new();
            for (index, (width, (_, side))) in widths.iter().zip(&self.columns).enumerate() {
                let cell = row.get(index).copied().unwrap_or_default();
                let gap = if index == 0 { "" } else { "  " };
                line.push_str(gap);
                let fill = " ".repeat(width.saturating_sub(cell.chars().count()));
                match side {
                    Side::Left => line.extend([cell, &fill]),
                    Side::Right => line.extend([fill.as_str(), cell]),
                }
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Table;
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new(&["variant", ">people", "said"]);
        table.row(["nothing", "12", "yes"]);
        table.row(["süß", "12345", ""]);
        expect![[r"
            variant  people  said
            nothing      12  yes
            süß       12345
        "]]
        .assert_eq(&table.to_string());
    }

    #[test]
    fn what_a_query_gives_cannot_break_lines() {
        let titles = ["n".to_owned(), "text".to_owned()];
        let rows =
            [vec![json!(1.5), json!("a\nb\u{1b}[2J")], vec![json!(null), json!({"k": [1, true]})]];
        expect![[r#"
              n  text
            1.5  a b [2J
                 {"k":[1,true]}
        "#]]
        .assert_eq(&Table::of_values(&titles, &rows).to_string());
    }
}
