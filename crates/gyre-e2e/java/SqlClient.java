// Asks a server over the wire of PostgreSQL with pgjdbc, as reporting tools do; run by tests/it/sql.rs.

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

public final class SqlClient {
    public static void main(String[] arguments) throws SQLException {
        String url = "jdbc:postgresql://" + arguments[0] + "/main";
        try (Connection connection = DriverManager.getConnection(url, "gyre", arguments[1])) {
            DatabaseMetaData about = connection.getMetaData();
            System.out.println("server " + about.getDatabaseMajorVersion());
            int tables = 0;
            try (ResultSet found = about.getTables(null, "marts", "%", new String[] {"TABLE"})) {
                while (found.next()) {
                    tables++;
                    if (found.getString("TABLE_NAME").equals("events")) {
                        System.out.println("remarks " + found.getString("REMARKS"));
                    }
                }
            }
            System.out.println("tables " + tables);
            try (ResultSet found = about.getColumns(null, "marts", "events", "occurred_at")) {
                while (found.next()) {
                    System.out.println("column " + found.getString("COLUMN_NAME") + " " + found.getString("TYPE_NAME"));
                }
            }
            try (ResultSet found = about.getSchemas()) {
                while (found.next()) {
                    System.out.println("schema " + found.getString("TABLE_SCHEM"));
                }
            }
            String sql = "select count(*) from events where name = ? and _offset >= ?";
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                // Often enough that the driver prepares it under a name and asks for binary.
                for (int i = 0; i < 8; i++) {
                    statement.setString(1, "Order Completed");
                    statement.setLong(2, 0);
                    try (ResultSet found = statement.executeQuery()) {
                        found.next();
                        if (i == 7) {
                            System.out.println("count " + found.getLong(1));
                        }
                    }
                }
            }
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.setFetchSize(2);
                int rows = 0;
                try (ResultSet found = statement.executeQuery("select occurred_at, name from events")) {
                    while (found.next()) {
                        found.getTimestamp(1).toInstant();
                        rows++;
                    }
                }
                System.out.println("fetched " + rows);
            }
            connection.rollback();
        }
    }
}
