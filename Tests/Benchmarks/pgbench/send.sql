\set u random(0, 1999)
INSERT INTO chat.message (room_gid, msg_id, sender_id, txt, sent_at)
SELECT member.room_gid, nextval('chat.message_id'), member.user_id, 'a text of some forty characters, as people write', now()
FROM chat.member
WHERE member.user_id = ('00000000-0000-4000-8000-' || (100000000001 + :u))::uuid AND member.room_gid <> 'everyone' AND member.ended_at IS NULL;
