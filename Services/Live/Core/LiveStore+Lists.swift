import JSON
import Loop
import Postgres
import Time
import Wire

/// Which part of a day's list is wanted.
struct ListRange {
  let day: Day
  let limit: Int
  /// The id behind which the part begins.
  let before: Int?
}

extension LiveStore {
  private static let readClicks = Statement(
    label: "live.latest_clicks",
    """
    SELECT id, clicked_at, user_name, comment, style FROM live.click
    WHERE clicked_at >= $1 AND clicked_at < $2
      AND ($3::bigint IS NULL OR (clicked_at, id) < (SELECT last.clicked_at, last.id FROM live.click AS last WHERE id = $3))
    ORDER BY clicked_at DESC, id DESC LIMIT $4
    """
  )

  private static let readEvents = Statement(
    label: "live.latest_events",
    """
    SELECT id, happened_at, user_name, name FROM live.event
    WHERE happened_at >= $1 AND happened_at < $2
      AND ($3::bigint IS NULL OR (happened_at, id) < (SELECT last.happened_at, last.id FROM live.event AS last WHERE id = $3))
    ORDER BY happened_at DESC, id DESC LIMIT $4
    """
  )

  /// A day's clicks, the newest first.
  func clicks(_ range: ListRange, _ texts: ListedText) async throws(PostgresError) -> Live.Page {
    let rows = try await query(LiveStore.readClicks, range)
    return try page(rows, range) { row, writer throws(PostgresError) in
      writer.member("user", texts.listed(try row.get(2)))
      writer.name("comment")
      writer.optional(try row.get(3, as: String?.self).map(texts.listed))
      writer.name("style")
      writer.optional(try row.get(4, as: String?.self))
    }
  }

  /// A day's events, the newest first.
  func events(_ range: ListRange, _ texts: ListedText) async throws(PostgresError) -> Live.Page {
    let rows = try await query(LiveStore.readEvents, range)
    return try page(rows, range) { row, writer throws(PostgresError) in
      writer.member("user", texts.listed(try row.get(2)))
      writer.member("name", try row.get(3, as: String.self))
    }
  }

  private func query(_ statement: Statement, _ range: ListRange) async throws(PostgresError) -> Rows {
    let sql = SQL(statement, range.day.start, range.day.end, range.before, range.limit)
    return try await database.query(sql, deadline: deadline)
  }

  /// Rows that begin with their id and moment.
  private func page(
    _ rows: Rows,
    _ range: ListRange,
    _ members: (Row, inout JSONWriter) throws(PostgresError) -> Void
  ) throws(PostgresError) -> Live.Page {
    var writer = JSONWriter(reserving: 16 + rows.count * 96)
    writer.beginArray()
    for row in rows {
      writer.beginObject()
      try members(row, &writer)
      writer.member("timestamp", try row.get(1, as: Timestamp.self).wholeSeconds)
      writer.endObject()
    }
    writer.endArray()
    let isCut = rows.count == range.limit
    return Live.Page(writer.raw, next: isCut ? try rows.last?.get(0) : nil)
  }

  /// The names with the most clicks.
  func people(atMost limit: Int, _ texts: ListedText) async throws(PostgresError) -> Live.Page {
    let sql: SQL = """
      SELECT name, click_count, event_count FROM live.person ORDER BY click_count DESC, name LIMIT \(limit)
      """
    let rows = try await database.query(sql.labelled("live.users"), deadline: deadline)
    var writer = JSONWriter(reserving: 16 + rows.count * 64)
    writer.beginArray()
    for row in rows {
      writer.beginObject()
      writer.member("name", texts.listed(try row.get(0)))
      writer.member("click_count", try row.get(1, as: Int.self))
      writer.member("event_count", try row.get(2, as: Int.self))
      writer.endObject()
    }
    writer.endArray()
    return Live.Page(writer.raw)
  }

  private static let readHours = Statement(
    label: "live.hours",
    """
    WITH span AS (
      SELECT greatest($1, least(coalesce(min(started_at), $2), $2)) AS first FROM live.hour
    ), before AS (
      SELECT coalesce(sum(click_count), 0) AS clicks, coalesce(sum(event_count), 0) AS events
      FROM live.hour, span WHERE started_at < span.first
    )
    SELECT started, coalesce(click_count, 0), coalesce(event_count, 0),
      (before.clicks + coalesce(sum(click_count) OVER (ORDER BY started), 0))::bigint,
      (before.events + coalesce(sum(event_count) OVER (ORDER BY started), 0))::bigint
    FROM span CROSS JOIN before CROSS JOIN generate_series(span.first, $2, interval '1 hour') AS started
    LEFT JOIN live.hour ON hour.started_at = started
    ORDER BY started
    """
  )

  /// The hours from one to another, both starts of hours, from the first recorded one on and none left out.
  func hours(from first: Timestamp, to last: Timestamp) async throws(PostgresError) -> RawJSON {
    let rows = try await database.query(SQL(LiveStore.readHours, first, last), deadline: deadline)
    var writer = JSONWriter(reserving: 16 + rows.count * 128)
    writer.beginArray()
    for row in rows {
      writer.beginObject()
      writer.member("timestamp", try row.get(0, as: Timestamp.self).wholeSeconds)
      writer.member("click_count", try row.get(1, as: Int.self))
      writer.member("event_count", try row.get(2, as: Int.self))
      writer.member("click_count_total", try row.get(3, as: Int.self))
      writer.member("event_count_total", try row.get(4, as: Int.self))
      writer.endObject()
    }
    writer.endArray()
    return writer.raw
  }
}

extension JSONWriter {
  fileprivate mutating func optional(_ text: String?) {
    if let text { string(text) } else { null() }
  }
}
