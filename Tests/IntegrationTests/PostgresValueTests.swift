import Kit
import Loop
import Postgres
import Testing
import Time

@Suite(.needsPostgres)
struct PostgresValueTests {
  private let id = UUIDValue("01234567-89ab-cdef-0123-456789ABCDEF")!

  @LoopActor @Test func `single values come back as they went`() async throws {
    try await ScratchDatabase.open { database in
      let row = try await database.query(
        """
        SELECT \(true) AS yes, \(Int.min) AS least, \(Int32.max) AS most, \(-0.1) AS score, \("é\n'\"\\") || '' AS text,
          \(Bytea([0, 255, 1])) AS bytes, \(id) AS id, \(Timestamp(microseconds: 1_700_000_000_123_456)) AS time,
          \(JSONB(Array(#"{"a": 1}"#.utf8))) AS json, \(String?.none)::text AS none, \("")::text AS empty
        """
      )[0]
      #expect(try row.get("yes") == true)
      #expect(try row.get("least") == Int.min)
      #expect(try row.get("most") == Int32.max)
      #expect(try row.get("score") == -0.1)
      #expect(try row.get("text") == "é\n'\"\\")
      #expect(try row.get("bytes") == Bytea([0, 255, 1]))
      #expect(try row.get("id") == id)
      #expect(try row.get("id") == "01234567-89ab-cdef-0123-456789abcdef")
      #expect(try row.get("time") == Timestamp(microseconds: 1_700_000_000_123_456))
      #expect(try row.get("json") == #"{"a": 1}"#)
      #expect(try row.get("none") == String?.none)
      #expect(try row.get("empty") == "")
    }
  }

  @LoopActor @Test func `arrays come back as they went, with their gaps`() async throws {
    try await ScratchDatabase.open { database in
      let row = try await database.query(
        """
        SELECT \([1, 2, 3]) AS numbers, \(["a", nil, ""] as [String?]) AS texts, \([id, id]) AS ids,
          \([1.5, nil] as [Double?]) AS scores, \([Timestamp(microseconds: 5)]) AS times, \([Int]()) AS nothing,
          \([Bytea([1]), Bytea([])]) AS pieces, \([true, false]) AS flags
        """
      )[0]
      #expect(try row.get("numbers") == [1, 2, 3])
      #expect(try row.get("texts") == ["a", nil, ""] as [String?])
      #expect(try row.get("ids") == [id, id])
      #expect(try row.get("scores") == [1.5, nil] as [Double?])
      #expect(try row.get("times") == [Timestamp(microseconds: 5)])
      #expect(try row.get("nothing") == [Int]())
      #expect(try row.get("pieces") == [Bytea([1]), Bytea([])])
      #expect(try row.get("flags") == [true, false])
    }
  }

  @LoopActor @Test func `a batch of rows goes through unnest`() async throws {
    try await ScratchDatabase.open { database in
      try await database.query("CREATE TABLE score (id uuid, name text, value double precision, at timestamptz)")
      let rows = try await database.query(
        """
        INSERT INTO score SELECT * FROM unnest(
          \([id, id]), \(["a", "b"]), \([0.5, nil] as [Double?]), \([Timestamp(microseconds: 1), nil] as [Timestamp?]))
        RETURNING name
        """
      )
      #expect(try rows.map { try $0.get("name") } == ["a", "b"])
      #expect(rows.affected == 2)
    }
  }

  @LoopActor @Test func `the server's own computations read as expected`() async throws {
    try await ScratchDatabase.open { database in
      let row = try await database.query(
        """
        SELECT sum(n) AS whole, avg(n) AS mean, 0.001::numeric AS small, -12345678.90::numeric AS large, 0::numeric AS zero,
          100000000::numeric AS round, 'infinity'::timestamptz AS never, to_timestamp(0) AS epoch, 3::smallint AS short
        FROM generate_series(1::bigint, 4) AS n
        """
      )[0]
      #expect(try row.get("whole") == 10)
      #expect(try row.get("mean") == 2.5)
      #expect(try row.get("small") == "0.001")
      #expect(try row.get("large") == "-12345678.90")
      #expect(try row.get("zero") == "0")
      #expect(try row.get("round") == 100_000_000)
      #expect(try row.get("never") == Timestamp(microseconds: .max))
      #expect(try row.get("epoch") == Timestamp(microseconds: 0))
      #expect(try row.get("short") == 3)
    }
  }

  @LoopActor @Test func `texts fill columns of any type`() async throws {
    try await ScratchDatabase.open { database in
      try await database.query("CREATE TYPE mood AS ENUM ('glad', 'sad')")
      try await database.query("CREATE TABLE note (id uuid, mood mood, body jsonb, at timestamptz)")
      try await database.query(
        "INSERT INTO note VALUES (\(id.description), \("glad"), \("[1]"), \("2020-01-01T00:00:00Z"))"
      )
      let row = try await database.query("SELECT * FROM note WHERE id = \(id) AND mood = \("glad")")[0]
      #expect(try row.get("mood") == "glad")
      #expect(try row.get("body") == "[1]")
      #expect(try row.get("at") == Timestamp(microseconds: 1_577_836_800_000_000))
    }
  }

  @LoopActor @Test func `a column that does not fit is an error with its name`() async throws {
    try await ScratchDatabase.open { database in
      let row = try await database.query("SELECT 'x' AS name, NULL::bigint AS count, 3000000000 AS big")[0]
      func message(_ read: () throws -> Void) -> String {
        do { try read() } catch { return (error as? PostgresError)?.message ?? "" }
        return ""
      }
      #expect(message { _ = try row.get("name", as: Int.self) } == "column name (type 25) does not read as Int")
      #expect(message { _ = try row.get("count", as: Int.self) } == "column count is NULL")
      #expect(message { _ = try row.get("big", as: Int32.self) }.contains("column big"))
      #expect(message { _ = try row.get("absent", as: Int.self) } == "no column absent")
      #expect(message { _ = try row.get(9, as: Int.self) } == "no column 9")
    }
  }
}
