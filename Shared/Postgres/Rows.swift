import CLibpq

/// The rows of one statement. Reading is free of copies until a value is asked for.
public struct Rows: Sendable, RandomAccessCollection {
  let result: ResultMemory
  public let count: Int

  init(_ result: ResultMemory) {
    self.result = result
    count = Int(PQntuples(result.pointer))
  }

  public var startIndex: Int { 0 }
  public var endIndex: Int { count }
  public subscript(index: Int) -> Row {
    precondition(index >= 0 && index < count, "row out of range")
    return Row(result: result, index: Int32(index))
  }

  /// Rows that an `INSERT`, `UPDATE`, `DELETE` or `MERGE` touched; 0 for other commands.
  public var affected: Int { Int(String(cString: PQcmdTuples(result.pointer))) ?? 0 }

  /// The command as the server names it, such as `COMMIT`.
  var command: String { String(cString: PQcmdStatus(result.pointer)) }
}

/// One row; columns are read by name, or by place where speed counts.
public struct Row: Sendable {
  fileprivate let result: ResultMemory
  fileprivate let index: Int32

  /// Reads a column, by its name in lower case; throws `.decoding` when it is missing, NULL for a type that is not
  /// optional, or of another type.
  public func get<Value: PostgresDecodable>(
    _ column: String,
    as type: Value.Type = Value.self
  ) throws(PostgresError) -> Value {
    let place = PQfnumber(result.pointer, column)
    guard place >= 0 else { throw .decoding("no column \(column)") }
    return try read(place)
  }

  /// Reads a column by its place, counted from 0.
  public func get<Value: PostgresDecodable>(
    _ column: Int,
    as type: Value.Type = Value.self
  ) throws(PostgresError) -> Value {
    guard column >= 0, column < Int(PQnfields(result.pointer)) else { throw .decoding("no column \(column)") }
    return try read(Int32(column))
  }

  private func read<Value: PostgresDecodable>(_ column: Int32) throws(PostgresError) -> Value {
    let field = result.field(row: index, column: column)
    if let value = withExtendedLifetime(result, { Value.decode(field) }) { return value }
    let name = String(cString: PQfname(result.pointer, column))
    throw .decoding(
      field.isNull ? "column \(name) is NULL" : "column \(name) (type \(field.type)) does not read as \(Value.self)"
    )
  }
}

/// Owner of a libpq result.
///
/// Unchecked, with this invariant: nothing changes a result after libpq has handed it over, so any thread may read it; it
/// is freed once, with its last reader.
final class ResultMemory: @unchecked Sendable {
  let pointer: OpaquePointer

  init(_ pointer: OpaquePointer) { self.pointer = pointer }
  deinit { PQclear(pointer) }

  func field(row: Int32, column: Int32) -> Field {
    let type = PQftype(pointer, column)
    guard PQgetisnull(pointer, row, column) == 0, let value = PQgetvalue(pointer, row, column) else {
      return Field(type: type, start: nil, count: 0)
    }
    let start = UnsafeRawPointer(value).assumingMemoryBound(to: UInt8.self)
    return Field(type: type, start: start, count: Int(PQgetlength(pointer, row, column)))
  }
}
