/// Writes that may go in one statement, which must not meet a key twice, in the order of their keys.
///
/// The order keeps two copies of the service from locking the same rows crosswise.
struct WriteRound: Equatable {
  struct Entry: Equatable {
    var write: SessionWrite
    /// The places of the requests that this write carries out.
    var requests: [Int]
  }

  private(set) var entries: [Entry] = []

  /// Splits requests into rounds to be carried out one after the other; as a rule there is one.
  static func plan(_ requests: [SessionWrite]) -> [WriteRound] {
    var rounds: [WriteRound] = [WriteRound()]
    rounds[0].entries.reserveCapacity(requests.count)
    var latest: [SessionKey: (round: Int, entry: Int)] = [:]
    latest.reserveCapacity(requests.count)
    for (place, request) in requests.enumerated() {
      var round = 0
      if let known = latest[request.key] {
        if let one = rounds[known.round].entries[known.entry].write.followed(by: request) {
          rounds[known.round].entries[known.entry].write = one
          rounds[known.round].entries[known.entry].requests.append(place)
          continue
        }
        round = known.round + 1
        if round == rounds.count { rounds.append(WriteRound()) }
      }
      latest[request.key] = (round, rounds[round].entries.count)
      rounds[round].entries.append(Entry(write: request, requests: [place]))
    }
    for index in rounds.indices { rounds[index].entries.sort { $0.write.key < $1.write.key } }
    return rounds
  }
}
