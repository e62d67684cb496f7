import CArgon2
import Glibc

/// The calls into libargon2. They take tens of milliseconds and do not belong on the loop.
enum Argon2 {
  private static let hashLength = 32

  static func hash(_ password: [UInt8], salt: [UInt8], cost: PasswordCost) -> Result<String, PasswordFailure> {
    let (passes, memory, lanes) = (UInt32(cost.passes), UInt32(cost.memory), UInt32(cost.lanes))
    let room = argon2_encodedlen(passes, memory, lanes, UInt32(salt.count), UInt32(hashLength), Argon2_id)
    var text = [CChar](repeating: 0, count: room)
    let status = argon2id_hash_encoded(
      passes,
      memory,
      lanes,
      password,
      password.count,
      salt,
      salt.count,
      hashLength,
      &text,
      room
    )
    guard status == ARGON2_OK.rawValue else { return .failure(failure(status)) }
    return .success(String(decoding: text.lazy.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }

  static func verify(_ password: [UInt8], against stored: String) -> Result<Bool, PasswordFailure> {
    switch argon2id_verify(stored, password, password.count) {
    case ARGON2_OK.rawValue: .success(true)
    case ARGON2_VERIFY_MISMATCH.rawValue: .success(false)
    case let status where status == ARGON2_MEMORY_ALLOCATION_ERROR.rawValue || status == ARGON2_THREAD_FAIL.rawValue:
      .failure(failure(status))
    // All else that can go wrong here lies in the stored text.
    default: .failure(.unreadable)
    }
  }

  private static func failure(_ status: Int32) -> PasswordFailure {
    .failed(String(cString: argon2_error_message(status)))
  }

  /// Runs the work at low priority: under load the scheduler then gives the processor to the loops and the database first.
  ///
  /// An ordinary user cannot raise the priority again, so a pool thread that has hashed once stays low. What else runs there
  /// (name look-ups) waits for its peers far longer than for the processor.
  static func politely<T>(_ work: () -> T) -> T {
    // On Linux a process number of 0 here means the calling thread.
    setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 5)
    return work()
  }
}
