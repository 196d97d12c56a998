//! What is done with messages: statements are read, planned against what there is now, run within their
//! bounds, and answered whole.

use crate::error::{code, error, hinted, internal, of_query};
use crate::measures;
use crate::prepared::{
    Answer, Columns, Parsed, Prepared, bound, check_formats, placeholders, text_fields,
};
use crate::query_log;
use crate::serve::Wire;
use crate::session::Session;
use crate::settings;
use crate::startup::{Way, not_in, revoked};
use arrow_pg::datatypes::{arrow_schema_to_pg_fields, encode_recordbatch};
use async_trait::async_trait;
use datafusion::common::ParamValues;
use datafusion::execution::session_state::SessionState;
use datafusion::sql::parser::Statement as Planned;
use futures::{Sink, SinkExt as _};
use gyre_datafusion::{Bounds, plan_statement};
use parking_lot::Mutex;
use pgwire::api::portal::{Format, Portal};
use pgwire::api::query::{ExtendedQueryHandler, SimpleQueryHandler, send_describe_response};
use pgwire::api::results::{DataRowEncoder, DescribePortalResponse, FieldInfo, Response, Tag};
use pgwire::api::stmt::QueryParser;
use pgwire::api::store::PortalStore;
use pgwire::api::{ClientInfo, ClientPortalStore, Type};
use pgwire::error::{PgWireError, PgWireResult};
use pgwire::messages::PgWireBackendMessage;
use pgwire::messages::extendedquery::{Describe, TARGET_TYPE_BYTE_PORTAL};
use pgwire::messages::response::TransactionStatus;
use pgwire::messages::startup::ParameterStatus;
use sqlparser::ast::{CloseCursor, DeclareType, Reset, Statement};
use std::fmt::Debug;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// What a connection's messages are given to.
#[derive(Debug)]
pub(crate) struct Handlers {
    pub(crate) wire: Arc<Wire>,
    /// Whether there is room for one more.
    pub(crate) has_seat: bool,
    pub(crate) way: Mutex<Way>,
    pub(crate) session: OnceLock<Arc<Session>>,
}

/// What came of a statement.
enum Outcome {
    Rows(Answer, &'static str),
    Done(&'static str),
    Begun,
    Ended(&'static str),
    /// Done, and the client is to be told of these settings.
    Told(&'static str, Vec<&'static str>),
}

impl Handlers {
    pub(crate) fn new(wire: Arc<Wire>, has_seat: bool) -> Self {
        Self { wire, has_seat, way: Mutex::default(), session: OnceLock::new() }
    }

    fn session(&self) -> PgWireResult<&Arc<Session>> {
        self.session.get().ok_or_else(not_in)
    }

    /// Whoever asks is still allowed to.
    async fn checked(&self) -> PgWireResult<&Arc<Session>> {
        let session = self.session()?;
        let valid = self.wire.accounts.is_valid(&session.account).await;
        if valid.map_err(|why| internal("an account", &why))? {
            return Ok(session);
        }
        tracing::info!(token = %session.account.name, "an SQL client was sent away: its token is gone");
        Err(revoked())
    }

    /// The session of a statement that is run now.
    async fn now(&self, session: &Arc<Session>) -> PgWireResult<SessionState> {
        let settled = self.wire.accounts.settle().await;
        settled.map_err(|why| internal("the lake", &why))?;
        self.wire.catalogs.session(session).await
    }

    /// What is known of a statement before it is run.
    async fn prepare(&self, statement: Statement) -> PgWireResult<Parsed> {
        let session = self.session()?;
        let (columns, parameters) = match &statement {
            Statement::ShowVariable { variable } => {
                let name = settings::shown(variable);
                let names = if name == "all" {
                    ["name", "setting", "description"].map(str::to_owned).to_vec()
                } else {
                    let shown = session.settings.lock().get(&name);
                    vec![shown.map_or(name, |(shown, _)| shown)]
                };
                (Columns::Texts(names), Vec::new())
            }
            Statement::Fetch { name, .. } => {
                let fields = session.cursors.lock().fields(&name.value);
                (fields.map_or(Columns::None, Columns::Fields), Vec::new())
            }
            statement if is_of_the_session(statement) => (Columns::None, Vec::new()),
            statement => {
                let state = self.wire.catalogs.session(session).await?;
                let prefix = session.prefix();
                let planned = Planned::Statement(Box::new(statement.clone()));
                let plan = plan_statement(&state, planned).await;
                let plan = plan.map_err(|why| refuse(statement, why, &prefix))?;
                let parameters = placeholders(&plan, &prefix)?;
                (Columns::Planned(Arc::new(plan.schema().as_arrow().clone())), parameters)
            }
        };
        Ok(Parsed { statement, parameters, columns })
    }

    /// Runs a query with its parameters.
    async fn answer(
        &self,
        session: &Arc<Session>,
        statement: &Statement,
        parameters: Option<ParamValues>,
        format: &Format,
    ) -> PgWireResult<Answer> {
        let began = Instant::now();
        let answer = self.run(session, statement, parameters, format).await;
        let rows = answer.as_ref().map(|answer| answer.rows.len());
        query_log::write(session, statement, rows, began.elapsed());
        answer
    }

    async fn run(
        &self,
        session: &Arc<Session>,
        statement: &Statement,
        parameters: Option<ParamValues>,
        format: &Format,
    ) -> PgWireResult<Answer> {
        let prefix = session.prefix();
        let state = self.now(session).await?;
        let planned = Planned::Statement(Box::new(statement.clone()));
        let plan = plan_statement(&state, planned).await;
        let mut plan = plan.map_err(|why| refuse(statement, why, &prefix))?;
        // Also without any: a `$1` that nobody bound is then named.
        let parameters = parameters.unwrap_or_else(|| ParamValues::List(Vec::new()));
        plan = plan
            .replace_params_with_values(&parameters)
            .map_err(|why| of_query(gyre_datafusion::invalid(why), &prefix))?;
        let plan = measures::answered(plan, &self.wire.measures, session, &state).await;
        let plan = plan.map_err(|why| of_query(why, &prefix))?;
        let options = &self.wire.options;
        let bounds = Bounds {
            max_rows: options.max_rows,
            timeout: session.settings.lock().timeout(options.timeout),
        };
        let rows = self.wire.tables.execute(state, plan, bounds).await;
        let rows = rows.map_err(|why| of_query(why, &prefix))?;
        if rows.truncated {
            return Err(hinted(
                code::TOO_MANY_ROWS,
                format!("the answer has more than {} rows", options.max_rows),
                "add a LIMIT or group; the server sets the most with --postgres-max-rows",
            ));
        }
        check_formats(format, rows.schema.fields().len())?;
        let fields = Arc::new(arrow_schema_to_pg_fields(&rows.schema, format, None)?);
        let mut encoded = Vec::new();
        for batch in rows.batches {
            for row in encode_recordbatch(Arc::clone(&fields), batch) {
                encoded.push(row?);
            }
        }
        Ok(Answer { fields, rows: encoded })
    }

    /// Does what one statement says.
    async fn carry_out(
        &self,
        status: TransactionStatus,
        statement: &Statement,
        parameters: Option<ParamValues>,
        format: &Format,
    ) -> PgWireResult<Outcome> {
        let session = self.checked().await?;
        let ends = matches!(statement, Statement::Commit { .. } | Statement::Rollback { .. });
        if status == TransactionStatus::Error && !ends {
            return Err(error(
                code::ABORTED,
                "current transaction is aborted, commands ignored until end of transaction block",
            ));
        }
        Ok(match statement {
            Statement::StartTransaction { .. } => Outcome::Begun,
            Statement::Commit { .. } if status == TransactionStatus::Error => {
                Outcome::Ended("ROLLBACK")
            }
            Statement::Commit { .. } => Outcome::Ended("COMMIT"),
            // Nothing was written, so going back to a savepoint ends what had failed and no more.
            Statement::Rollback { savepoint: Some(_), .. } => Outcome::Begun,
            Statement::Rollback { .. } => Outcome::Ended("ROLLBACK"),
            Statement::Savepoint { .. } => Outcome::Done("SAVEPOINT"),
            Statement::ReleaseSavepoint { .. } => Outcome::Done("RELEASE"),
            Statement::Deallocate { .. } => Outcome::Done("DEALLOCATE"),
            Statement::UNLISTEN { .. } => Outcome::Done("UNLISTEN"),
            Statement::Discard { .. } => {
                session.cursors.lock().clear();
                Outcome::Told("DISCARD ALL", session.settings.lock().reset(None)?)
            }
            Statement::Reset(reset) => {
                let told = match &reset.reset {
                    Reset::ALL => session.settings.lock().reset(None)?,
                    Reset::ConfigurationParameter(name) => {
                        session.settings.lock().reset(Some(&name.to_string()))?
                    }
                };
                Outcome::Told("RESET", told)
            }
            Statement::Set(set) => {
                let told = match settings::assignment(set)? {
                    Some((name, value)) => session.settings.lock().set(&name, &value)?,
                    None => None,
                };
                Outcome::Told("SET", told.into_iter().collect())
            }
            Statement::ShowVariable { variable } => {
                Outcome::Rows(show(session, &settings::shown(variable), format)?, "SHOW")
            }
            Statement::Declare { stmts } => {
                for one in stmts {
                    let (Some(name), Some(query), Some(DeclareType::Cursor)) =
                        (one.names.first(), &one.for_query, &one.declare_type)
                    else {
                        return Err(error(code::NOT_SUPPORTED, "only cursors can be declared"));
                    };
                    let query = Statement::Query(query.clone());
                    let format = if one.binary == Some(true) {
                        Format::UnifiedBinary
                    } else {
                        Format::UnifiedText
                    };
                    let answer = self.answer(session, &query, None, &format).await?;
                    session.cursors.lock().open(name.value.clone(), answer)?;
                }
                Outcome::Done("DECLARE CURSOR")
            }
            Statement::Fetch { name, direction, .. } => {
                Outcome::Rows(session.cursors.lock().fetch(&name.value, direction)?, "FETCH")
            }
            Statement::Close { cursor } => {
                match cursor {
                    CloseCursor::All => session.cursors.lock().clear(),
                    CloseCursor::Specific { name } => session.cursors.lock().close(&name.value)?,
                }
                Outcome::Done("CLOSE CURSOR")
            }
            query => {
                Outcome::Rows(self.answer(session, query, parameters, format).await?, "SELECT")
            }
        })
    }

    /// The same, as what the client is told.
    async fn respond<C>(
        &self,
        client: &mut C,
        statement: &Statement,
        parameters: Option<ParamValues>,
        format: &Format,
    ) -> PgWireResult<Response>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let status = client.transaction_status();
        let outcome = self.carry_out(status, statement, parameters, format).await?;
        if matches!(outcome, Outcome::Ended(_)) {
            self.session()?.cursors.lock().clear();
        }
        Ok(match outcome {
            Outcome::Rows(answer, tag) => answer.response(tag),
            Outcome::Done(tag) => Response::Execution(Tag::new(tag)),
            Outcome::Begun => {
                let is_back = matches!(statement, Statement::Rollback { .. });
                Response::TransactionStart(Tag::new(if is_back { "ROLLBACK" } else { "BEGIN" }))
            }
            Outcome::Ended(tag) => Response::TransactionEnd(Tag::new(tag)),
            Outcome::Told(tag, names) => {
                let told: Vec<(String, String)> = {
                    let settings = self.session()?.settings.lock();
                    names.iter().filter_map(|name| settings.get(name)).collect()
                };
                for (name, value) in told {
                    let status = ParameterStatus::new(name, value);
                    client.feed(PgWireBackendMessage::ParameterStatus(status)).await?;
                }
                Response::Execution(Tag::new(tag))
            }
        })
    }
}

/// Statements that only the connection itself is asked for.
fn is_of_the_session(statement: &Statement) -> bool {
    matches!(
        statement,
        Statement::StartTransaction { .. }
            | Statement::Commit { .. }
            | Statement::Rollback { .. }
            | Statement::Savepoint { .. }
            | Statement::ReleaseSavepoint { .. }
            | Statement::Deallocate { .. }
            | Statement::UNLISTEN { .. }
            | Statement::Discard { .. }
            | Statement::Reset(_)
            | Statement::Set(_)
            | Statement::Declare { .. }
            | Statement::Close { .. }
    )
}

/// Why a statement cannot be planned.
fn refuse(statement: &Statement, why: gyre_ports::Error, prefix: &str) -> PgWireError {
    match statement {
        Statement::Copy { to: true, .. } => {
            hinted(code::NOT_SUPPORTED, "COPY is not supported", "use a SELECT")
        }
        Statement::LISTEN { .. }
        | Statement::NOTIFY { .. }
        | Statement::Prepare { .. }
        | Statement::Execute { .. } => error(code::NOT_SUPPORTED, "the statement is not supported"),
        _ => of_query(why, prefix),
    }
}

fn show(session: &Session, name: &str, format: &Format) -> PgWireResult<Answer> {
    let settings = session.settings.lock();
    let rows: Vec<Vec<String>>;
    let names = if name == "all" {
        rows =
            settings.all().into_iter().map(|(name, value, what)| vec![name, value, what]).collect();
        ["name", "setting", "description"].map(str::to_owned).to_vec()
    } else if name == "session_authorization" {
        rows = vec![vec![session.account.name.clone()]];
        vec![name.to_owned()]
    } else {
        let Some((name, value)) = settings.get(name) else {
            return Err(error("42704", format!("unrecognized configuration parameter \"{name}\"")));
        };
        rows = vec![vec![value]];
        vec![name]
    };
    check_formats(format, names.len())?;
    let fields = Arc::new(text_fields(&names, format));
    let mut encoder = DataRowEncoder::new(Arc::clone(&fields));
    let encoded = rows.iter().map(|row| {
        row.iter().try_for_each(|value| encoder.encode_field(value))?;
        Ok(encoder.take_row())
    });
    let rows = encoded.collect::<PgWireResult<Vec<_>>>()?;
    Ok(Answer { fields, rows })
}

#[async_trait]
impl SimpleQueryHandler for Handlers {
    async fn do_query<C>(&self, client: &mut C, query: &str) -> PgWireResult<Vec<Response>>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let mut responses = Vec::new();
        for statement in self.wire.reader.read(query)? {
            let response = self.respond(client, &statement, None, &Format::UnifiedText).await?;
            // What follows in the same message is to know of it.
            match &response {
                Response::TransactionStart(_) => {
                    client.set_transaction_status(TransactionStatus::Transaction);
                }
                Response::TransactionEnd(_) => {
                    client.set_transaction_status(TransactionStatus::Idle);
                }
                _ => {}
            }
            responses.push(response);
        }
        if responses.is_empty() {
            responses.push(Response::EmptyQuery);
        }
        Ok(responses)
    }
}

#[async_trait]
impl QueryParser for Handlers {
    type Statement = Prepared;

    async fn parse_sql<C>(
        &self,
        _client: &C,
        sql: &str,
        _types: &[Option<Type>],
    ) -> PgWireResult<Option<Prepared>>
    where
        C: ClientInfo + Unpin + Send + Sync,
    {
        self.checked().await?;
        let mut statements = self.wire.reader.read(sql)?;
        let Some(statement) = statements.pop() else { return Ok(None) };
        if !statements.is_empty() {
            return Err(error(
                code::SYNTAX,
                "cannot insert multiple commands into a prepared statement",
            ));
        }
        Ok(Some(Prepared(Arc::new(self.prepare(statement).await?))))
    }

    fn get_parameter_types(&self, statement: &Prepared) -> PgWireResult<Vec<Type>> {
        Ok(statement.0.parameters.iter().map(|one| one.wire.clone()).collect())
    }

    fn get_result_schema(
        &self,
        statement: &Prepared,
        format: Option<&Format>,
    ) -> PgWireResult<Vec<FieldInfo>> {
        statement.0.columns.fields(format.unwrap_or(&Format::UnifiedText))
    }
}

#[async_trait]
impl ExtendedQueryHandler for Handlers {
    type Statement = Prepared;
    type QueryParser = Self;

    fn query_parser(&self) -> Arc<Self> {
        Arc::new(Self {
            wire: Arc::clone(&self.wire),
            has_seat: self.has_seat,
            way: Mutex::default(),
            session: self.session.clone(),
        })
    }

    async fn on_describe<C>(&self, client: &mut C, message: Describe) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        // A cursor is a portal of its name, to clients that ask for its columns.
        if message.target_type == TARGET_TYPE_BYTE_PORTAL
            && let Some(name) = &message.name
        {
            let fields = self.session()?.cursors.lock().fields(name);
            if let Some(fields) = fields {
                let described = DescribePortalResponse::new(fields.as_ref().clone());
                return send_describe_response(client, &described).await;
            }
        }
        self._on_describe(client, message).await
    }

    async fn do_query<C>(
        &self,
        client: &mut C,
        portal: &Portal<Prepared>,
        _max_rows: usize,
    ) -> PgWireResult<Response>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let parsed = &portal.statement.statement.0;
        let parameters = bound(portal)?;
        self.respond(client, &parsed.statement, Some(parameters), &portal.result_column_format)
            .await
    }
}
