import LongTail

print("LongTail is linked")
