import JSON

/// The Socket.IO rules of one session: what may come when, and what it asks for.
///
/// In protocol 4 the server has connected the client to `/` before anything comes; in protocol 5 the client begins.
struct SocketMachine {
  /// What a message asks of the server.
  enum Order: Equatable {
    case connect(String, auth: RawJSON)
    case leave(String)
    case event(String, id: Int?, Arguments, blobs: [[UInt8]])
    case acknowledgement(String, id: Int, Arguments, blobs: [[UInt8]])
  }

  /// `joining` until the application has decided; a namespace that was left is remembered in protocol 4 only, whose
  /// clients may still send to it.
  private enum Stay { case joining, joined, left }

  let revision: EngineRevision
  private var assembly: PacketAssembly
  private var stays: [(namespace: String, stay: Stay)] = []

  init(_ revision: EngineRevision, maximumAttachments: Int) {
    self.revision = revision
    assembly = PacketAssembly(maximumAttachments: maximumAttachments)
    if revision == .three { stays = [("/", .joining)] }
  }

  /// Takes a message; nil when nothing is to be done, or not yet. A fault ends the session.
  mutating func receive(_ data: EngineData) throws(SocketFault) -> Order? {
    guard let (packet, blobs) = try assembly.take(data) else { return nil }
    switch packet.kind {
    case .connect: return try connect(packet)
    case .disconnect: return try leave(packet)
    case .error: throw .order
    case .event, .binaryEvent:
      let arguments = try Arguments.event(packet.payload)
      try check(arguments, packet)
      guard try mayCome(packet.namespace) else { return nil }
      return .event(packet.namespace, id: packet.id, arguments, blobs: blobs)
    case .acknowledgement, .binaryAcknowledgement:
      guard let id = packet.id else { throw .id }
      let arguments = try Arguments.list(packet.payload)
      try check(arguments, packet)
      guard try mayCome(packet.namespace) else { return nil }
      return .acknowledgement(packet.namespace, id: id, arguments, blobs: blobs)
    }
  }

  private func check(_ arguments: Arguments, _ packet: SocketPacket) throws(SocketFault) {
    guard !packet.kind.isBinary || arguments.refers(toFewerThan: packet.attachments) else { throw .attachments }
  }

  private func mayCome(_ namespace: String) throws(SocketFault) -> Bool {
    guard let stay = stays.first(where: { $0.namespace == namespace })?.stay else { throw .order }
    return stay != .left
  }

  private mutating func connect(_ packet: SocketPacket) throws(SocketFault) -> Order {
    guard packet.id == nil else { throw .payload }
    let auth = try auth(packet)
    if let index = stays.firstIndex(where: { $0.namespace == packet.namespace }) {
      guard stays[index].stay == .left else { throw .order }
      stays.remove(at: index)
    }
    stays.append((packet.namespace, .joining))
    return .connect(packet.namespace, auth: auth)
  }

  /// Protocol 5 has an object or nothing; protocol 4 has nothing but the query in the namespace.
  private func auth(_ packet: SocketPacket) throws(SocketFault) -> RawJSON {
    guard revision == .four else {
      guard packet.payload.isEmpty else { throw .payload }
      return SocketMachine.object(packet.query)
    }
    guard !packet.payload.isEmpty else { return .emptyObject }
    guard let auth = try? RawJSON(validating: Array(packet.payload)), auth.isObject else { throw .payload }
    return auth
  }

  private static func object(_ query: String?) -> RawJSON {
    let pairs = EngineQuery(query).pairs
    return .object { object in
      for (name, value) in pairs {
        object.name(dynamic: name)
        object.string(value)
      }
    }
  }

  private mutating func leave(_ packet: SocketPacket) throws(SocketFault) -> Order? {
    guard packet.payload.isEmpty, packet.id == nil else { throw .payload }
    guard try mayCome(packet.namespace) else { return nil }
    left(packet.namespace)
    return .leave(packet.namespace)
  }
}

// MARK: - What the server decided

extension SocketMachine {
  mutating func joined(_ namespace: String) {
    guard let index = stays.firstIndex(where: { $0.namespace == namespace }) else { return }
    stays[index].stay = .joined
  }

  mutating func left(_ namespace: String) {
    guard let index = stays.firstIndex(where: { $0.namespace == namespace }) else { return }
    if revision == .three { stays[index].stay = .left } else { stays.remove(at: index) }
  }

  /// The client may try again.
  mutating func refused(_ namespace: String) {
    stays.removeAll { $0.namespace == namespace }
  }
}
