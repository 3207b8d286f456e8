"""Objects of floats: points on a sphere, scaled to the largest."""

from math import cos, sin, sqrt


class Point:
    def __init__(self, i):
        self.x = sin(i)
        self.y = cos(i) * 3
        self.z = self.x * self.x / 2

    def normalise(self):
        length = sqrt(self.x * self.x + self.y * self.y + self.z * self.z)
        self.x /= length
        self.y /= length
        self.z /= length

    def largest(self, other):
        self.x = self.x if self.x > other.x else other.x
        self.y = self.y if self.y > other.y else other.y
        self.z = self.z if self.z > other.z else other.z
        return self


def largest(points):
    result = points[0]
    for point in points[1:]:
        result = result.largest(point)
    return result


for _ in range(3):
    points = [Point(i) for i in range(60_000)]
    for point in points:
        point.normalise()
    most = largest(points)
print(f"{most.x:.6f} {most.y:.6f} {most.z:.6f}")
