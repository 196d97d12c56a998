//! `gyre math`: numbers from files of rows, or from sums as JSON. All of it is in `gyre-calculate`.

use crate::failure::Failure;
use std::io;

pub(crate) fn run(command: gyre_calculate::Command) -> anyhow::Result<()> {
    let done = gyre_calculate::run(command, &mut io::stdin().lock(), &mut io::stdout().lock());
    done.map_err(|failure| {
        let hint = failure.advice().map(str::to_owned);
        Failure::new(failure.to_string()).maybe_hint(hint).into()
    })
}
