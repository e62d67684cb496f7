/// The server's numbers for a type: as a parameter, as an element of an array, and for the array itself.
///
/// Texts go as parameters of no stated type, in text format, so that the server reads them as whatever the place wants: a
/// `uuid`, an enum, `jsonb`, `timestamptz`. Everything else states its type and goes in binary.
public struct PostgresType: Hashable, Sendable {
  let scalar: UInt32
  let element: UInt32
  let array: UInt32

  init(_ oid: UInt32, array: UInt32) {
    scalar = oid
    element = oid
    self.array = array
  }

  private init(scalar: UInt32, element: UInt32, array: UInt32) {
    self.scalar = scalar
    self.element = element
    self.array = array
  }

  /// The type of an array of these, as a parameter.
  var arrayOfThis: PostgresType { PostgresType(scalar: array, element: array, array: 0) }

  static let text = PostgresType(scalar: 0, element: OID.text, array: OID.textArray)
  static let bool = PostgresType(OID.bool, array: OID.boolArray)
  static let int4 = PostgresType(OID.int4, array: OID.int4Array)
  static let int8 = PostgresType(OID.int8, array: OID.int8Array)
  static let float8 = PostgresType(OID.float8, array: OID.float8Array)
  static let bytea = PostgresType(OID.bytea, array: OID.byteaArray)
  static let uuid = PostgresType(OID.uuid, array: OID.uuidArray)
  static let timestamptz = PostgresType(OID.timestamptz, array: OID.timestamptzArray)
  static let jsonb = PostgresType(OID.jsonb, array: OID.jsonbArray)
}

/// Numbers of built-in types; fixed for ever in PostgreSQL's catalogue.
enum OID {
  static let bool: UInt32 = 16
  static let bytea: UInt32 = 17
  static let name: UInt32 = 19
  static let int8: UInt32 = 20
  static let int2: UInt32 = 21
  static let int4: UInt32 = 23
  static let text: UInt32 = 25
  static let oid: UInt32 = 26
  static let json: UInt32 = 114
  static let float4: UInt32 = 700
  static let float8: UInt32 = 701
  static let unknown: UInt32 = 705
  static let bpchar: UInt32 = 1042
  static let varchar: UInt32 = 1043
  static let date: UInt32 = 1082
  static let timestamp: UInt32 = 1114
  static let timestamptz: UInt32 = 1184
  static let numeric: UInt32 = 1700
  static let void: UInt32 = 2278
  static let uuid: UInt32 = 2950
  static let jsonb: UInt32 = 3802

  static let boolArray: UInt32 = 1000
  static let byteaArray: UInt32 = 1001
  static let int4Array: UInt32 = 1007
  static let textArray: UInt32 = 1009
  static let int8Array: UInt32 = 1016
  static let float8Array: UInt32 = 1022
  static let timestamptzArray: UInt32 = 1185
  static let uuidArray: UInt32 = 2951
  static let jsonbArray: UInt32 = 3807

  /// Types of an extension or of the schema start here: enums, `citext`, domains over text read as text.
  static let firstOfUser: UInt32 = 16384
}
