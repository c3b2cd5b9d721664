"""What a pointwise op is: functions of lanes, forward and gradient side by side.

The ops implement these traits; kernels.mojo and ternary_kernels.mojo make kernels of them.
"""


trait UnaryGrad:
    """The gradient of a function of one element."""

    comptime NAME: StaticString
    comptime COST: Float64
    """Nanoseconds per element on one worker, float32, in cache."""

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        """Computes the gradient. Python passes only what the op declared that it saves; the rest holds anything.

        Parameters:
            dt: The dtype.
            w: The number of lanes.

        Args:
            x: The input.
            y: The output f(x).
            dy: The gradient of the output.

        Returns:
            The gradient dx = dy f'(x).
        """
        ...


trait UnaryOp(UnaryGrad):
    """A function of one element and its gradient."""

    comptime INTEGRAL: Bool
    """Whether it is defined for integers too."""

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        """Computes the function.

        Parameters:
            dt: The dtype.
            w: The number of lanes.

        Args:
            x: The input.

        Returns:
            The output y = f(x).
        """
        ...


trait BinaryOp:
    """A function of two elements and its gradients."""

    comptime NAME: StaticString
    comptime INTEGRAL: Bool
    """Whether it is defined for integers too."""
    comptime COST: Float64
    """Nanoseconds per element on one worker, float32, in cache."""
    comptime DIVIDES: Bool = False
    """Whether integers are divided by the second element, which must not be 0 then."""

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        """Computes the function.

        Parameters:
            dt: The dtype.
            w: The number of lanes.

        Args:
            a: The first input.
            b: The second input.

        Returns:
            The output y = f(a, b).
        """
        ...

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        """Computes both gradients.

        Parameters:
            dt: The dtype.
            w: The number of lanes.

        Args:
            a: The first input.
            b: The second input.
            dy: The gradient of the output.

        Returns:
            The gradients (da, db).
        """
        ...


trait CompareOp:
    """A comparison of two elements. It has no gradient."""

    comptime NAME: StaticString

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[DType.bool, w]:
        """Compares.

        Parameters:
            dt: The dtype.
            w: The number of lanes.

        Args:
            a: The first input.
            b: The second input.

        Returns:
            The comparison's lanes.
        """
        ...


trait IntegerOp:
    """A function of two integers. It has no gradient."""

    comptime NAME: StaticString

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        """Computes the function.

        Parameters:
            dt: An integral dtype.
            w: The number of lanes.

        Args:
            a: The first input.
            b: The second input.

        Returns:
            The output y = f(a, b).
        """
        ...


trait TernaryOp:
    """A function of three elements and a number, and its gradients with respect to the elements."""

    comptime NAME: StaticString
    comptime INTEGRAL: Bool
    """Whether it is defined for integers too."""
    comptime COST: Float64
    """Nanoseconds per element on one worker, float32, in cache."""

    @staticmethod
    def forward[
        dt: DType, w: Int
    ](x: SIMD[dt, w], a: SIMD[dt, w], b: SIMD[dt, w], value: SIMD[dt, w]) -> SIMD[dt, w]:
        """Computes the function.

        Parameters:
            dt: The dtype.
            w: The number of lanes.

        Args:
            x: The first input.
            a: The second input.
            b: The third input.
            value: The number, in all lanes.

        Returns:
            The output y = f(x, a, b).
        """
        ...

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](x: SIMD[dt, w], a: SIMD[dt, w], b: SIMD[dt, w], value: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[
        SIMD[dt, w], SIMD[dt, w], SIMD[dt, w]
    ]:
        """Computes the gradients.

        Parameters:
            dt: The dtype.
            w: The number of lanes.

        Args:
            x: The first input.
            a: The second input.
            b: The third input.
            value: The number, in all lanes.
            dy: The gradient of the output.

        Returns:
            The gradients (dx, da, db).
        """
        ...
