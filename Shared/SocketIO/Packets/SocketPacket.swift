import JSON

/// The head of one Socket.IO packet, as it stands in the text of a message; blobs follow it in messages of their own.
struct SocketPacket: Equatable {
  enum Kind: UInt8 {
    case connect, disconnect, event, acknowledgement, error, binaryEvent, binaryAcknowledgement

    var isBinary: Bool { self == .binaryEvent || self == .binaryAcknowledgement }
  }

  var kind: Kind
  var attachments = 0
  var namespace = "/"
  /// What followed `?` in the namespace, which clients of protocol 4 use for their data.
  var query: String?
  var id: Int?
  /// The JSON behind the head; empty when there is none.
  var payload: ArraySlice<UInt8> = []
}

/// A client sent what Socket.IO does not allow. Its connection is closed.
enum SocketFault: Error, Equatable {
  case unknownKind
  case attachments
  case namespace
  case id
  case payload
  /// A packet at a moment where it may not come.
  case order
}

extension SocketPacket {
  /// The largest whole number that every client can count to.
  private static let maximumID = 1 << 53

  /// Takes the head apart; the payload is not looked at.
  init(_ text: [UInt8], maximumAttachments: Int) throws(SocketFault) {
    var rest = text[...]
    guard let kind = rest.popFirst().flatMap({ Kind(rawValue: $0 &- UInt8(ascii: "0")) }) else { throw .unknownKind }
    self.init(kind: kind)
    if kind.isBinary { attachments = try SocketPacket.takeCount(&rest, limit: maximumAttachments) }
    if rest.first == UInt8(ascii: "/") { try takeNamespace(&rest) }
    id = try SocketPacket.takeID(&rest)
    payload = rest
  }

  private static func takeCount(_ rest: inout ArraySlice<UInt8>, limit: Int) throws(SocketFault) -> Int {
    guard let count = takeDigits(&rest), count <= limit, rest.popFirst() == UInt8(ascii: "-") else {
      throw .attachments
    }
    return count
  }

  private mutating func takeNamespace(_ rest: inout ArraySlice<UInt8>) throws(SocketFault) {
    let end = rest.firstIndex(of: UInt8(ascii: ",")) ?? rest.endIndex
    guard let name = String(validating: rest[..<end], as: UTF8.self) else { throw .namespace }
    rest = end < rest.endIndex ? rest[(end + 1)...] : []
    guard let mark = name.utf8.firstIndex(of: UInt8(ascii: "?")) else {
      namespace = name
      return
    }
    namespace = String(name[..<mark])
    query = String(name[name.utf8.index(after: mark)...])
  }

  private static func takeID(_ rest: inout ArraySlice<UInt8>) throws(SocketFault) -> Int? {
    guard let first = rest.first, (0x30...0x39).contains(first) else { return nil }
    guard let id = takeDigits(&rest), id <= maximumID else { throw .id }
    return id
  }

  /// Nil when there is no digit, or more than any number here may have.
  private static func takeDigits(_ rest: inout ArraySlice<UInt8>) -> Int? {
    var value = 0
    var digits = 0
    while let byte = rest.first, (0x30...0x39).contains(byte), digits < 17 {
      value = value * 10 + Int(byte - 0x30)
      digits += 1
      rest = rest.dropFirst()
    }
    return digits > 0 && digits < 17 ? value : nil
  }
}

extension SocketPacket {
  /// The text of the packet.
  var text: [UInt8] {
    var text = [kind.rawValue + UInt8(ascii: "0")]
    text.reserveCapacity(payload.count + namespace.utf8.count + 24)
    if kind.isBinary { text += Array("\(attachments)-".utf8) }
    if namespace != "/" { text += Array(namespace.utf8) + [UInt8(ascii: ",")] }
    if let id { text += Array(String(id).utf8) }
    return text + payload
  }
}
