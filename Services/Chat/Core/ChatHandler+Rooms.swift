import Loop
import Postgres
import Time
import Wire

// Rooms and who is in them: what happens now and then.
extension ChatHandler {
  /// Codes that are taken are as good as never met; so many in a row are a fault of the generator.
  private static let tries = 10

  func create(_ call: Chat.CreateRoom, _ context: CallContext) async throws(Failure) -> Chat.Opened {
    let caller = try await caller(of: context)
    let store = store.until(context.deadline)
    for _ in 0..<ChatHandler.tries {
      let room = RoomCode.random()
      let isNew = try await asking { try await store.createRoom(room, owner: caller.id, at: self.clock.now()) }
      guard isNew else { continue }
      report(.changed(.opened))
      return Chat.Opened(Chat.RoomGID(room))
    }
    throw .internal
  }

  func join(_ call: Chat.JoinRoom, _ context: CallContext) async throws(Failure) -> Chat.Joined {
    let caller = try await caller(of: context)
    let room = try code(call.room, caller)
    let store = store.until(context.deadline)
    let before = try await asking { try await store.role(of: caller.id, in: room) }
    guard before.standing != .outsider, before.standing != .newcomer || mayGuess(caller) else {
      throw refusal(.outsider, caller)
    }
    let (role, members) = try await asking {
      try await store.enter(room, caller.id, returning: true, at: self.clock.now())
    }
    guard role.standing == .member else { throw refusal(role.standing, caller) }
    if before.standing != .member { report(.changed(.entered)) }
    return Chat.Joined(Chat.RoomGID(room), members: members)
  }

  func leave(_ call: Chat.LeaveRoom, _ context: CallContext) async throws(Failure) -> Empty {
    let caller = try await caller(of: context)
    let room = try code(call.room, caller)
    let store = store.until(context.deadline)
    let role = try await asking { try await store.leave(room, caller.id, at: self.clock.now()) }
    guard role.standing == .member || role.standing == .former else { throw refusal(role.standing, caller) }
    if role.standing == .member { ended(caller.id, room, .left) }
    return Empty()
  }

  func list(_ call: Chat.ListRooms, _ context: CallContext) async throws(Failure) -> Chat.Rooms {
    let caller = try await caller(of: context)
    let store = store.until(context.deadline)
    let rooms = try await asking { try await store.rooms(of: caller.id, atMost: Chat.ListRooms.most) }
    return Chat.Rooms(rooms.map { Chat.ListedRoom($0) })
  }

  func lock(_ call: Chat.LockRoom, _ context: CallContext) async throws(Failure) -> Empty {
    let caller = try await caller(of: context)
    try call.room.mustBeThere("room_gid")
    try call.locked.mustBeThere("locked")
    let room = try code(call.room, caller)
    let locked = try call.locked.required("locked")
    let store = store.until(context.deadline)
    let role = try await asking { try await store.setLocked(room, locked, by: caller.id) }
    try demandOwner(role, caller)
    report(.changed(locked ? .locked : .unlocked))
    return Empty()
  }

  func remove(_ call: Chat.RemoveMember, _ context: CallContext) async throws(Failure) -> Empty {
    let caller = try await caller(of: context)
    try call.room.mustBeThere("room_gid")
    try call.user.mustBeThere("uuid")
    let text = try call.user.required("uuid")
    guard let user = UUIDValue(text), user != caller.id else { throw .invalid("uuid") }
    let room = try code(call.room, caller)
    let store = store.until(context.deadline)
    let roles = try await asking { try await store.remove(user, from: room, by: caller.id, at: self.clock.now()) }
    try demandOwner(roles.caller, caller)
    switch roles.user.standing {
    case .member: ended(user, room, .removed)
    case .former: break
    case .newcomer, .outsider: throw Failure(.notFound, .unknownMember)
    }
    return Empty()
  }

  // MARK: - Steps

  private func code(_ given: Given<String>, _ caller: Caller) throws(Failure) -> String {
    let room = try given.required("room_gid")
    try check(room, caller)
    return room
  }

  private func demandOwner(_ role: Role, _ caller: Caller) throws(Failure) {
    guard role.standing == .member else { throw refusal(role.standing, caller) }
    guard role.owns else { throw Failure(.forbidden, .notOwner) }
  }

  private func ended(_ user: UUIDValue, _ room: String, _ change: ChatEvent.Change) {
    report(.changed(change))
    tell(Chat.MembershipEnded(of: UserID(user.description), in: Chat.RoomGID(room)))
  }
}

extension Chat.ListedRoom {
  init(_ room: KeptRoom) {
    let last = room.lastID.flatMap { id in room.lastAt.map { Chat.Receipt(id: id, timestamp: $0.seconds) } }
    self.init(Chat.RoomGID(room.room), room.isOwner ? .owner : .member, last: last, reading: room.reading)
  }
}
